package transport

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// A Client is one client in a [Tracker]. Its methods may be called from any goroutine, more than
// once, and must not block.
type Client interface {
	// Stop asks the client to leave because the server is stopping.
	Stop()
	// Close breaks the connection.
	Close() error
}

// A Tracker keeps a server's listeners and clients, so that the server can shut down in order.
// The zero value is ready to use. All methods may be called from any goroutine.
type Tracker struct {
	mu        sync.Mutex
	done      chan struct{}
	closed    bool
	listeners map[net.Listener]bool
	clients   map[Client]bool
	running   sync.WaitGroup
}

// AddListener adds a listener for Shutdown to close. It reports false if the Tracker is shutting
// down.
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

// The time that Accept waits after a failure, at first and at most.
const (
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// Accept calls start with each connection that l accepts, until the Tracker shuts down or l is
// closed; then it returns l's error. Other failures, most often a lack of file descriptors, are
// passed to failed and retried after a pause.
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

// RemoveListener removes a listener that AddListener added.
func (t *Tracker) RemoveListener(l net.Listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listeners, l)
	t.running.Done()
}

// Add adds a client. It reports false if the Tracker is shutting down. The caller must call
// Remove when all of the client's goroutines have ended.
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

// Remove removes a client that Add added.
func (t *Tracker) Remove(m Client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.clients, m)
	t.running.Done()
}

// Done returns a channel that is closed when Shutdown begins.
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

// closeTimeout is how long clients may take to end after Shutdown has closed their connections.
// It is much more than they need.
const closeTimeout = time.Second

// ErrClientHung means that Shutdown gave up waiting for a client. That is a bug of ours, and no
// reason not to stop.
var ErrClientHung = errors.New("transport: a client did not end although its connection is closed")

// Shutdown closes the listeners, stops every client, and waits until all of them are gone. If ctx
// ends first, it closes the remaining clients, waits for them a moment longer, and returns ctx's
// error, joined with [ErrClientHung] if one is left even then. Further calls wait too.
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

// close stops accepting listeners and clients, and returns the clients that are left.
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
	clients := make([]Client, 0, len(t.clients))
	for m := range t.clients {
		clients = append(clients, m)
	}
	return clients
}
