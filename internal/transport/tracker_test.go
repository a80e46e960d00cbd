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

// fakeClient is a client that leaves when it is stopped, unless it is deaf, and
// when its connection breaks.
type fakeClient struct {
	group           *Tracker
	deaf            bool
	stopped, closed atomic.Int32
}

func (c *fakeClient) Stop() {
	if c.stopped.Add(1) == 1 && !c.deaf {
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

// Stopping asks everybody to leave, breaks no connection, and lets nobody in
// any more. Doing it again is harmless.
func TestShutdownStopsClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Tracker
		closed := g.Done()
		l := &listener{}
		if !g.AddListener(l) {
			t.Fatal("an open group takes no listener")
		}
		members := []*fakeClient{{group: &g}, {group: &g}, {group: &g}}
		for _, m := range members {
			if !g.Add(m) {
				t.Fatal("an open group takes no member")
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
				t.Errorf("a member was stopped %d times and closed %d times, want 1 and 0", m.stopped.Load(), m.closed.Load())
			}
		}
		if n := l.closed.Load(); n != 1 {
			t.Errorf("the listener was closed %d times, want once", n)
		}
		if g.Add(&fakeClient{}) || g.AddListener(&listener{}) {
			t.Error("a closed group takes somebody in")
		}
	})
}

// Who does not leave when asked to is cut off when the context ends; even then
// Shutdown waits until it is gone.
func TestShutdownClosesRemainingClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Tracker
		deaf, polite := &fakeClient{group: &g, deaf: true}, &fakeClient{group: &g}
		g.Add(deaf)
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
		if deaf.closed.Load() != 1 || polite.closed.Load() != 0 {
			t.Errorf("closed %d times who stayed and %d times who left, want 1 and 0", deaf.closed.Load(), polite.closed.Load())
		}
	})
}

// Who has a goroutine that hangs does not hold the process open: that would not stop
// for who asks it to.
func TestShutdownIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Tracker
		hangs := &fakeClient{deaf: true} // closing it helps nothing
		g.Add(hangs)
		defer g.Remove(hangs)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if err := g.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrClientHung) {
			t.Errorf("Shutdown returned %v", err)
		}
		if took := time.Since(began); took != 5*time.Second+closeTimeout {
			t.Errorf("Shutdown took %v", took)
		}
	})
}

// Two who shut down at once both wait for the end.
func TestConcurrentShutdowns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Tracker
		m := &fakeClient{group: &g, deaf: true}
		g.Add(m)
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- g.Shutdown(context.Background()) }()
		}
		synctest.Wait()
		if len(done) != 0 {
			t.Fatal("Shutdown did not wait for a member")
		}
		select {
		case <-g.Done():
		default:
			t.Error("Closed is not closed though Shutdown has begun")
		}
		g.Remove(m)
		for range 2 {
			if err := <-done; err != nil {
				t.Errorf("Shutdown returned %v", err)
			}
		}
	})
}
