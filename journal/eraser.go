package journal

import (
	"context"
	"sync"
	"time"

	"teahouse/journal/internal/layout"
)

// minErasePause is the least time between two passes; one that took long rests for erasePauseFactor
// times that, so that who wants to be forgotten again and again costs little.
const (
	minErasePause    = time.Second
	erasePauseFactor = 9
)

// An eraser is the goroutine that erases what came before tombstones. It reads the store
// once for all that there are when it begins, while the writer goes on.
type eraser struct {
	wake chan struct{} // capacity 1: there is something to erase

	mu          sync.Mutex
	due         map[string]*layout.StoredEvent // the latest tombstone, by key
	forgottenAt map[string]time.Time           // when somebody wanted to be forgotten last, by key
}

func newEraser() *eraser {
	return &eraser{wake: make(chan struct{}, 1), due: map[string]*layout.StoredEvent{}, forgottenAt: map[string]time.Time{}}
}

// add has somebody forgotten by the next pass.
func (e *eraser) add(tombstones map[string]*layout.StoredEvent) {
	e.mu.Lock()
	for key, t := range tombstones {
		e.hideLocked(key, t.Time)
		if have := e.due[key]; have == nil || t.Time.After(have.Time) {
			e.due[key] = t
		}
	}
	e.mu.Unlock()
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// hide hides what is older than tombstones, all of which is erased as far as is known.
func (e *eraser) hide(tombstones map[string]*layout.StoredEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, t := range tombstones {
		e.hideLocked(key, t.Time)
	}
}

func (e *eraser) hideLocked(key string, at time.Time) {
	if at.After(e.forgottenAt[key]) {
		e.forgottenAt[key] = at
	}
}

// isHidden reports whether what a key did at a moment is to be forgotten.
func (e *eraser) isHidden(key string, at time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	forgot, ok := e.forgottenAt[key]
	return ok && !at.After(forgot)
}

// take returns the tombstones of those who are to be forgotten.
func (e *eraser) take() map[string]*layout.StoredEvent {
	e.mu.Lock()
	defer e.mu.Unlock()
	due := e.due
	e.due = map[string]*layout.StoredEvent{}
	return due
}

// runEraser erases until the journal closes, then what is left. Where that does not
// succeed in time, the next Restore does it.
func (j *Journal) runEraser() {
	for {
		select {
		case <-j.eraser.wake:
		case <-j.followCtx.Done():
			j.erasePass()
			return
		}
		began := time.Now()
		j.erasePass()
		select {
		case <-time.After(max(minErasePause, erasePauseFactor*time.Since(began))):
		case <-j.followCtx.Done():
		}
	}
}

func (j *Journal) erasePass() {
	due := j.eraser.take()
	if len(due) == 0 {
		return
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(j.workCtx, eraseTimeout)
	defer cancel()
	if err := j.eraseBefore(ctx, due); err != nil {
		j.countFailedWrite()
		j.log.Debug("journal: not all is erased yet", "err", j.store.Explain(err))
		j.eraser.add(due)
		j.reviveEmbedded(began)
	}
}
