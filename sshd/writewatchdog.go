package sshd

import (
	"sync"
	"sync/atomic"
	"time"
)

// watchdogTicks is how many ticks a write may take; a tick is that fraction of the server's
// WriteTimeout.
const watchdogTicks = 8

// A writeWatchdog disconnects sessions whose writes do not complete in time. A timer for each
// write would do the same, but setting one costs much of a short write; this costs two atomic
// stores.
type writeWatchdog struct {
	tick atomic.Int64 // in ticks, from 1
	quit chan struct{}
	done sync.WaitGroup

	mu       sync.Mutex
	sessions map[*session]bool
}

func newWriteWatchdog() *writeWatchdog {
	w := &writeWatchdog{quit: make(chan struct{}), sessions: map[*session]bool{}}
	w.tick.Store(1)
	return w
}

// start watches until stop.
func (w *writeWatchdog) start(timeout time.Duration) {
	w.done.Go(func() {
		tick := time.NewTicker(max(timeout/watchdogTicks, time.Millisecond))
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				w.check(w.tick.Add(1))
			case <-w.quit:
				return
			}
		}
	})
}

func (w *writeWatchdog) stop() {
	close(w.quit)
	w.done.Wait()
}

// check disconnects the sessions that have been writing for more than watchdogTicks ticks, at
// most an eighth more than the timeout.
func (w *writeWatchdog) check(now int64) {
	w.mu.Lock()
	var stuck []*session
	for c := range w.sessions {
		if since := c.writeStarted.Load(); since != 0 && now-since > watchdogTicks {
			stuck = append(stuck, c)
		}
	}
	w.mu.Unlock()
	for _, c := range stuck {
		c.disconnectSlow()
	}
}

func (w *writeWatchdog) add(c *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions[c] = true
}

func (w *writeWatchdog) remove(c *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, c)
}
