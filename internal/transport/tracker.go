package transport

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// A Client is one client in a [Tracker]. Its methods may be called from any
// goroutine, several times, and do not wait.
type Client interface {
	// Stop asks the client to leave because the server is stopping.
	Stop()
	// Close breaks the connection.
	Close() error
}

// A Tracker is a door's listeners and clients, so that it can stop in order. Its
// zero value is ready, and may be used by any goroutine.
type Tracker struct {
	mu        sync.Mutex
	done      chan struct{}
	closed    bool
	listeners map[net.Listener]bool
	clients   map[Client]bool
	running   sync.WaitGroup
}

// AddListener adds a listener, which Shutdown is going to close. It reports false
// when the group is closed.
func (t *Tracker) AddListener(l net.Listener) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	if t.listeners == nil {
		t.listeners = map[net.Listener]bool{}
	}
	t.listeners[l] = true
	t.running.Add(1)
	return true
}

// How long Accept waits after a failure, at first and at most.
const (
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// Accept hands each connection that a listener accepts to start, until the group or the
// listener is closed: then it returns the error of that. Other failures, as a rule that
// there are no file descriptors, pass when somebody leaves: they are told to failed, and
// waited out.
func (t *Tracker) Accept(l net.Listener, start func(net.Conn), failed func(err error, retry time.Duration)) error {
	var wait time.Duration
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			start(conn)
			continue
		case t.ShuttingDown(), errors.Is(err, net.ErrClosed):
			return err
		}
		wait = min(max(2*wait, minBackoff), maxBackoff)
		failed(err, wait)
		select {
		case <-time.After(wait):
		case <-t.Done():
			return err
		}
	}
}

// RemoveListener removes a listener that Listen added.
func (t *Tracker) RemoveListener(l net.Listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listeners, l)
	t.running.Done()
}

// Add adds a client. It reports false when the group is closed. Leave must be
// called when all of the client's goroutines have ended.
func (t *Tracker) Add(m Client) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	if t.clients == nil {
		t.clients = map[Client]bool{}
	}
	t.clients[m] = true
	t.running.Add(1)
	return true
}

// Remove removes a client that joined.
func (t *Tracker) Remove(m Client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.clients, m)
	t.running.Done()
}

// Done is closed when Shutdown begins.
func (t *Tracker) Done() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.doneLocked()
}

// ShuttingDown reports whether Shutdown has begun.
func (t *Tracker) ShuttingDown() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

func (t *Tracker) doneLocked() chan struct{} {
	if t.done == nil {
		t.done = make(chan struct{})
	}
	return t.done
}

// closeTimeout is how long those may take to end whose connections Shutdown has closed.
// It is much more than they need.
const closeTimeout = time.Second

// ErrClientHung means that Shutdown could not wait for everybody: a goroutine hangs, which
// is a fault of ours, and no reason not to stop.
var ErrClientHung = errors.New("door: a client did not end though its connection is closed")

// Shutdown closes the listeners, stops every client, and waits until all are
// gone. When ctx ends first it closes those that are left, waits for them for a
// moment, and returns ctx's error, joined with [ErrClientHung] where one is left even then.
// Calling it again waits again.
func (t *Tracker) Shutdown(ctx context.Context) error {
	for _, m := range t.close() {
		m.Stop()
	}
	finished := make(chan struct{})
	go func() {
		t.running.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		for _, m := range t.close() {
			_ = m.Close()
		}
	}
	select {
	case <-finished:
		return ctx.Err()
	case <-time.After(closeTimeout):
		return errors.Join(ctx.Err(), ErrClientHung)
	}
}

// close lets nobody in any more, and returns the members that there are.
func (t *Tracker) close() []Client {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.closed = true
		close(t.doneLocked())
		for l := range t.listeners {
			_ = l.Close()
		}
	}
	members := make([]Client, 0, len(t.clients))
	for m := range t.clients {
		members = append(members, m)
	}
	return members
}
