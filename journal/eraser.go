package journal

import (
	"context"
	"sync"
	"time"
)

// eraseRest is the least time between two passes; one that took long rests for eraseShare
// times that, so that who wants to be forgotten again and again costs little.
const (
	eraseRest  = time.Second
	eraseShare = 9
)

// An eraser is the goroutine that erases what came before tombstones. It reads the store
// once for all that there are when it begins, while the writer goes on.
type eraser struct {
	wake chan struct{} // capacity 1: there is something to erase

	mu    sync.Mutex
	due   map[string]*record   // the latest tombstone, by key
	known map[string]time.Time // when somebody wanted to be forgotten last, by key
}

func newEraser() *eraser {
	return &eraser{wake: make(chan struct{}, 1), due: map[string]*record{}, known: map[string]time.Time{}}
}

// add has somebody forgotten by the next pass.
func (x *eraser) add(tombstones map[string]*record) {
	x.mu.Lock()
	for key, t := range tombstones {
		x.knowLocked(key, t.Time)
		if have := x.due[key]; have == nil || t.Time.After(have.Time) {
			x.due[key] = t
		}
	}
	x.mu.Unlock()
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// know hides what is older than tombstones, all of which is erased as far as is known.
func (x *eraser) know(tombstones map[string]*record) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for key, t := range tombstones {
		x.knowLocked(key, t.Time)
	}
}

func (x *eraser) knowLocked(key string, at time.Time) {
	if at.After(x.known[key]) {
		x.known[key] = at
	}
}

// hides reports whether what a key did at a moment is to be forgotten.
func (x *eraser) hides(key string, at time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	forgot, ok := x.known[key]
	return ok && !at.After(forgot)
}

// take returns the tombstones of those who are to be forgotten.
func (x *eraser) take() map[string]*record {
	x.mu.Lock()
	defer x.mu.Unlock()
	due := x.due
	x.due = map[string]*record{}
	return due
}

// keepErased erases until the journal closes, then what is left. Where that does not
// succeed in time, the next Restore does it.
func (j *Journal) keepErased() {
	for {
		select {
		case <-j.eraser.wake:
		case <-j.following.Done():
			j.erasePass()
			return
		}
		began := time.Now()
		j.erasePass()
		select {
		case <-time.After(max(eraseRest, eraseShare*time.Since(began))):
		case <-j.following.Done():
		}
	}
}

func (j *Journal) erasePass() {
	due := j.eraser.take()
	if len(due) == 0 {
		return
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(j.working, eraseTime)
	defer cancel()
	if err := j.eraseBefore(ctx, due); err != nil {
		j.countFailed()
		j.log.Debug("journal: not all is erased yet", "err", j.engine.explain(err))
		j.eraser.add(due)
		j.reviveInside(began)
	}
}
