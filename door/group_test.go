package door

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// member is a client that leaves when it is stopped, unless it is deaf, and
// when its connection breaks.
type member struct {
	group           *Group
	deaf            bool
	stopped, closed atomic.Int32
}

func (m *member) Stop() {
	if m.stopped.Add(1) == 1 && !m.deaf {
		go m.group.Leave(m)
	}
}

func (m *member) Close() error {
	if m.closed.Add(1) == 1 && m.group != nil {
		go m.group.Leave(m)
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
func TestShutdownLetsEverybodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		closed := g.Closed()
		l := &listener{}
		if !g.Listen(l) {
			t.Fatal("an open group takes no listener")
		}
		members := []*member{{group: &g}, {group: &g}, {group: &g}}
		for _, m := range members {
			if !g.Join(m) {
				t.Fatal("an open group takes no member")
			}
		}
		go func() { // as Serve does when its listener is closed
			<-closed
			g.Unlisten(l)
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
		if g.Join(&member{}) || g.Listen(&listener{}) {
			t.Error("a closed group takes somebody in")
		}
	})
}

// Who does not leave when asked to is cut off when the context ends; even then
// Shutdown waits until it is gone.
func TestShutdownClosesThoseWhoStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		deaf, polite := &member{group: &g, deaf: true}, &member{group: &g}
		g.Join(deaf)
		g.Join(polite)
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
func TestShutdownDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		hangs := &member{deaf: true} // closing it helps nothing
		g.Join(hangs)
		defer g.Leave(hangs)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if err := g.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrLeft) {
			t.Errorf("Shutdown returned %v", err)
		}
		if took := time.Since(began); took != 5*time.Second+closeTime {
			t.Errorf("Shutdown took %v", took)
		}
	})
}

// Two who shut down at once both wait for the end.
func TestTwoShutdownsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		m := &member{group: &g, deaf: true}
		g.Join(m)
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- g.Shutdown(context.Background()) }()
		}
		synctest.Wait()
		if len(done) != 0 {
			t.Fatal("Shutdown did not wait for a member")
		}
		select {
		case <-g.Closed():
		default:
			t.Error("Closed is not closed though Shutdown has begun")
		}
		g.Leave(m)
		for range 2 {
			if err := <-done; err != nil {
				t.Errorf("Shutdown returned %v", err)
			}
		}
	})
}
