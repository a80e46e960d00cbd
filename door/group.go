package door

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// A Member is one client in a [Group]. Its methods may be called from any
// goroutine, several times, and do not wait.
type Member interface {
	// Stop asks the client to leave because the server is stopping.
	Stop()
	// Close breaks the connection.
	Close() error
}

// A Group is a door's listeners and clients, so that it can stop in order. Its
// zero value is ready, and may be used by any goroutine.
type Group struct {
	mu        sync.Mutex
	done      chan struct{}
	closed    bool
	listeners map[net.Listener]bool
	members   map[Member]bool
	running   sync.WaitGroup
}

// Listen adds a listener, which Shutdown is going to close. It reports false
// when the group is closed.
func (g *Group) Listen(l net.Listener) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	if g.listeners == nil {
		g.listeners = map[net.Listener]bool{}
	}
	g.listeners[l] = true
	g.running.Add(1)
	return true
}

// How long Accept waits after a failure, at first and at most.
const (
	firstWait = 5 * time.Millisecond
	maxWait   = time.Second
)

// Accept hands each connection that a listener accepts to start, until the group or the
// listener is closed: then it returns the error of that. Other failures, as a rule that
// there are no file descriptors, pass when somebody leaves: they are told to failed, and
// waited out.
func (g *Group) Accept(l net.Listener, start func(net.Conn), failed func(err error, retry time.Duration)) error {
	var wait time.Duration
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			start(conn)
			continue
		case g.IsClosed(), errors.Is(err, net.ErrClosed):
			return err
		}
		wait = min(max(2*wait, firstWait), maxWait)
		failed(err, wait)
		select {
		case <-time.After(wait):
		case <-g.Closed():
			return err
		}
	}
}

// Unlisten removes a listener that Listen added.
func (g *Group) Unlisten(l net.Listener) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.listeners, l)
	g.running.Done()
}

// Join adds a client. It reports false when the group is closed. Leave must be
// called when all of the client's goroutines have ended.
func (g *Group) Join(m Member) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	if g.members == nil {
		g.members = map[Member]bool{}
	}
	g.members[m] = true
	g.running.Add(1)
	return true
}

// Leave removes a client that joined.
func (g *Group) Leave(m Member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.members, m)
	g.running.Done()
}

// Closed is closed when Shutdown begins.
func (g *Group) Closed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.doneLocked()
}

// IsClosed reports whether Shutdown has begun.
func (g *Group) IsClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

func (g *Group) doneLocked() chan struct{} {
	if g.done == nil {
		g.done = make(chan struct{})
	}
	return g.done
}

// closeTime is how long those may take to end whose connections Shutdown has closed.
// It is much more than they need.
const closeTime = time.Second

// ErrLeft means that Shutdown could not wait for everybody: a goroutine hangs, which
// is a fault of ours, and no reason not to stop.
var ErrLeft = errors.New("door: a client did not end though its connection is closed")

// Shutdown closes the listeners, stops every client, and waits until all are
// gone. When ctx ends first it closes those that are left, waits for them for a
// moment, and returns ctx's error, joined with [ErrLeft] where one is left even then.
// Calling it again waits again.
func (g *Group) Shutdown(ctx context.Context) error {
	for _, m := range g.close() {
		m.Stop()
	}
	finished := make(chan struct{})
	go func() {
		g.running.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		for _, m := range g.close() {
			_ = m.Close()
		}
	}
	select {
	case <-finished:
		return ctx.Err()
	case <-time.After(closeTime):
		return errors.Join(ctx.Err(), ErrLeft)
	}
}

// close lets nobody in any more, and returns the members that there are.
func (g *Group) close() []Member {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.closed = true
		close(g.doneLocked())
		for l := range g.listeners {
			_ = l.Close()
		}
	}
	members := make([]Member, 0, len(g.members))
	for m := range g.members {
		members = append(members, m)
	}
	return members
}
