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
// stores. Without sessions it sleeps.
type writeWatchdog struct {
	tick  atomic.Int64  // in ticks, from 1
	added chan struct{} // capacity 1: there are sessions
	quit  chan struct{}
	done  sync.WaitGroup

	mu       sync.Mutex
	sessions map[*session]bool
}

func newWriteWatchdog() *writeWatchdog {
	w := &writeWatchdog{added: make(chan struct{}, 1), quit: make(chan struct{}), sessions: map[*session]bool{}}
	w.tick.Store(1)
	return w
}

// start watches until stop.
func (w *writeWatchdog) start(timeout time.Duration) {
	w.done.Go(func() {
		for {
			select {
			case <-w.added:
				w.watch(max(timeout/watchdogTicks, time.Millisecond))
			case <-w.quit:
				return
			}
		}
	})
}

// watch checks the sessions with each tick, until there are none or the watchdog stops.
func (w *writeWatchdog) watch(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for more := true; more; {
		select {
		case <-tick.C:
			more = w.check(w.tick.Add(1))
		case <-w.quit:
			return
		}
	}
}

func (w *writeWatchdog) stop() {
	close(w.quit)
	w.done.Wait()
}

// check disconnects the sessions that have been writing for more than watchdogTicks ticks, at
// most an eighth more than the timeout. It reports whether there are any sessions.
func (w *writeWatchdog) check(now int64) (more bool) {
	stuck, more := w.findStuck(now)
	for _, c := range stuck {
		c.disconnectSlow()
	}
	return more
}

// findStuck returns the sessions whose writes take too long, and reports whether there are any
// sessions.
func (w *writeWatchdog) findStuck(now int64) (stuck []*session, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.sessions {
		if since := c.writeStarted.Load(); since != 0 && now-since > watchdogTicks {
			stuck = append(stuck, c)
		}
	}
	return stuck, len(w.sessions) > 0
}

func (w *writeWatchdog) add(c *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions[c] = true
	select {
	case w.added <- struct{}{}:
	default: // it will look
	}
}

func (w *writeWatchdog) remove(c *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, c)
}
