package sshd

import (
	"sync"
	"sync/atomic"
	"time"
)

// watchTicks is how many ticks a write may take; a tick is that part of the
// server's WriteTimeout.
const watchTicks = 8

// A watch looks after all sessions that write: one whose write does not get
// through in time is cut off. A timer for each write would do the same, but
// setting one costs a good part of a short write; this costs two stores.
type watch struct {
	now  atomic.Int64 // in ticks, from 1
	quit chan struct{}
	done sync.WaitGroup

	mu       sync.Mutex
	sessions map[*session]bool
}

func newWatch() *watch {
	w := &watch{quit: make(chan struct{}), sessions: map[*session]bool{}}
	w.now.Store(1)
	return w
}

// start watches until stop.
func (w *watch) start(timeout time.Duration) {
	w.done.Go(func() {
		tick := time.NewTicker(max(timeout/watchTicks, time.Millisecond))
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				w.look(w.now.Add(1))
			case <-w.quit:
				return
			}
		}
	})
}

func (w *watch) stop() {
	close(w.quit)
	w.done.Wait()
}

// look cuts off those who have been writing for too long: since more than
// watchTicks ticks, so for an eighth more than the timeout at most.
func (w *watch) look(now int64) {
	w.mu.Lock()
	var stuck []*session
	for c := range w.sessions {
		if since := c.writing.Load(); since != 0 && now-since > watchTicks {
			stuck = append(stuck, c)
		}
	}
	w.mu.Unlock()
	for _, c := range stuck {
		c.cutOff()
	}
}

func (w *watch) add(c *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions[c] = true
}

func (w *watch) remove(c *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, c)
}
