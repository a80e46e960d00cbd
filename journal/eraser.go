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
	*env
	people  *peopleCache
	indexes *indexes
	wake    chan struct{} // capacity 1: there is something to erase

	mu          sync.Mutex
	due         map[string]*layout.StoredEvent // the latest tombstone, by key
	forgottenAt map[string]time.Time           // when somebody wanted to be forgotten last, by key
}

func newEraser(v *env, people *peopleCache, indexes *indexes) *eraser {
	return &eraser{env: v, people: people, indexes: indexes, wake: make(chan struct{}, 1), due: map[string]*layout.StoredEvent{}, forgottenAt: map[string]time.Time{}}
}

// add has somebody forgotten by the next pass.
func (er *eraser) add(tombstones map[string]*layout.StoredEvent) {
	er.mu.Lock()
	for key, t := range tombstones {
		er.hideLocked(key, t.Time)
		if have := er.due[key]; have == nil || t.Time.After(have.Time) {
			er.due[key] = t
		}
	}
	er.mu.Unlock()
	select {
	case er.wake <- struct{}{}:
	default:
	}
}

// hide hides what is older than tombstones, all of which is erased as far as is known.
func (er *eraser) hide(tombstones map[string]*layout.StoredEvent) {
	er.mu.Lock()
	defer er.mu.Unlock()
	for key, t := range tombstones {
		er.hideLocked(key, t.Time)
	}
}

func (er *eraser) hideLocked(key string, at time.Time) {
	if at.After(er.forgottenAt[key]) {
		er.forgottenAt[key] = at
	}
}

// isHidden reports whether what a key did at a moment is to be forgotten.
func (er *eraser) isHidden(key string, at time.Time) bool {
	er.mu.Lock()
	defer er.mu.Unlock()
	forgot, ok := er.forgottenAt[key]
	return ok && !at.After(forgot)
}

// take returns the tombstones of those who are to be forgotten.
func (er *eraser) take() map[string]*layout.StoredEvent {
	er.mu.Lock()
	defer er.mu.Unlock()
	due := er.due
	er.due = map[string]*layout.StoredEvent{}
	return due
}

// run erases until the journal closes, then what is left. Where that does not
// succeed in time, the next LoadHistory does it.
func (er *eraser) run() {
	for {
		select {
		case <-er.wake:
		case <-er.followCtx.Done():
			er.erasePass()
			return
		}
		began := time.Now()
		er.erasePass()
		select {
		case <-time.After(max(minErasePause, erasePauseFactor*time.Since(began))):
		case <-er.followCtx.Done():
		}
	}
}

func (er *eraser) erasePass() {
	due := er.take()
	if len(due) == 0 {
		return
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(er.workCtx, eraseTimeout)
	defer cancel()
	if err := er.eraseBefore(ctx, due); err != nil {
		er.countFailedWrite()
		er.log.Debug("journal: not all is erased yet", "err", er.store.Explain(err))
		er.add(due)
		er.reviveEmbedded(began)
	}
}
