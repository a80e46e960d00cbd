package transport

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeClient is a client that leaves when it is stopped, unless it ignores that, or when its
// connection is closed.
type fakeClient struct {
	group           *Tracker
	ignoresStop     bool
	stopped, closed atomic.Int32
}

func (c *fakeClient) Stop() {
	if c.stopped.Add(1) == 1 && !c.ignoresStop {
		go c.group.Remove(c)
	}
}

func (c *fakeClient) Close() error {
	if c.closed.Add(1) == 1 && c.group != nil {
		go c.group.Remove(c)
	}
	return nil
}

// listener counts how often it is closed.
type listener struct {
	net.Listener
	closed atomic.Int32
}

func (l *listener) Close() error {
	l.closed.Add(1)
	return nil
}

// Shutdown stops every client, closes no connection, and admits nobody afterwards. Calling it
// again is harmless.
func TestShutdownStopsClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Tracker
		closed := g.Done()
		l := &listener{}
		if !g.AddListener(l) {
			t.Fatal("a running Tracker refuses a listener")
		}
		members := []*fakeClient{{group: &g}, {group: &g}, {group: &g}}
		for _, m := range members {
			if !g.Add(m) {
				t.Fatal("a running Tracker refuses a client")
			}
		}
		go func() { // as Serve does when its listener is closed
			<-closed
			g.RemoveListener(l)
		}()
		for range 3 {
			if err := g.Shutdown(context.Background()); err != nil {
				t.Errorf("Shutdown returned %v", err)
			}
		}
		for _, m := range members {
			if m.stopped.Load() != 1 || m.closed.Load() != 0 {
				t.Errorf("a client was stopped %d times and closed %d times, want 1 and 0", m.stopped.Load(), m.closed.Load())
			}
		}
		if n := l.closed.Load(); n != 1 {
			t.Errorf("the listener was closed %d times, want once", n)
		}
		if g.Add(&fakeClient{}) || g.AddListener(&listener{}) {
			t.Error("a Tracker that has shut down admits a client or a listener")
		}
	})
}

// Shutdown closes clients that have not left when the context ends, and still waits until they
// are gone.
func TestShutdownClosesRemainingClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Tracker
		stubborn, polite := &fakeClient{group: &g, ignoresStop: true}, &fakeClient{group: &g}
		g.Add(stubborn)
		g.Add(polite)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if err := g.Shutdown(ctx); err != context.DeadlineExceeded {
			t.Errorf("Shutdown returned %v, want %v", err, context.DeadlineExceeded)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("Shutdown took %v, want 5s", took)
		}
		if stubborn.closed.Load() != 1 || polite.closed.Load() != 0 {
			t.Errorf("the client that stayed was closed %d times and the one that left %d times, want 1 and 0", stubborn.closed.Load(), polite.closed.Load())
		}
	})
}

// A client whose goroutine hangs does not keep the process from stopping.
func TestShutdownIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Tracker
		hangs := &fakeClient{ignoresStop: true} // closing it does not help
		g.Add(hangs)
		defer g.Remove(hangs)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if err := g.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrClientHung) {
			t.Errorf("Shutdown returned %v", err)
		}
		if took := time.Since(began); took != 5*time.Second+closeTimeout {
			t.Errorf("Shutdown took %v, want %v", took, 5*time.Second+closeTimeout)
		}
	})
}

// Concurrent calls of Shutdown all wait for the end.
func TestConcurrentShutdowns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Tracker
		m := &fakeClient{group: &g, ignoresStop: true}
		g.Add(m)
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- g.Shutdown(context.Background()) }()
		}
		synctest.Wait()
		if len(done) != 0 {
			t.Fatal("Shutdown did not wait for a client")
		}
		select {
		case <-g.Done():
		default:
			t.Error("Done is not closed although Shutdown has begun")
		}
		g.Remove(m)
		for range 2 {
			if err := <-done; err != nil {
				t.Errorf("Shutdown returned %v", err)
			}
		}
	})
}
