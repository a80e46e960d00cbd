package journal

import (
	"context"
	"sync"
	"time"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
)

// minErasePause is the minimum pause between two passes. After a long pass the pause is
// erasePauseFactor times its duration, so that somebody who asks to be forgotten again and again
// causes little load.
const (
	minErasePause    = time.Second
	erasePauseFactor = 9
)

// An eraser is the goroutine that erases everything older than the tombstones. One pass over the
// store handles all tombstones present when it starts; the writer goes on meanwhile.
type eraser struct {
	*env
	people  *peopleCache
	indexes *indexes
	wake    chan struct{} // capacity 1: there is something to erase

	mu          sync.Mutex
	due         map[ids.Account]*layout.StoredEvent // latest tombstone, by key
	forgottenAt map[ids.Account]time.Time           // when a person last asked to be forgotten, by key
}

func newEraser(v *env, people *peopleCache, indexes *indexes) *eraser {
	return &eraser{env: v, people: people, indexes: indexes, wake: make(chan struct{}, 1), due: map[ids.Account]*layout.StoredEvent{}, forgottenAt: map[ids.Account]time.Time{}}
}

// add queues tombstones for the next pass.
func (er *eraser) add(tombstones map[ids.Account]*layout.StoredEvent) {
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

// hide hides everything older than tombstones that need no erasing, as far as is known.
func (er *eraser) hide(tombstones map[ids.Account]*layout.StoredEvent) {
	er.mu.Lock()
	defer er.mu.Unlock()
	for key, t := range tombstones {
		er.hideLocked(key, t.Time)
	}
}

func (er *eraser) hideLocked(key ids.Account, at time.Time) {
	if at.After(er.forgottenAt[key]) {
		er.forgottenAt[key] = at
	}
}

// isHidden reports whether what a key did at a given time is to be forgotten.
func (er *eraser) isHidden(key ids.Account, at time.Time) bool {
	er.mu.Lock()
	defer er.mu.Unlock()
	forgot, ok := er.forgottenAt[key]
	return ok && !at.After(forgot)
}

// take returns the tombstones that are due, and clears them.
func (er *eraser) take() map[ids.Account]*layout.StoredEvent {
	er.mu.Lock()
	defer er.mu.Unlock()
	due := er.due
	er.due = map[ids.Account]*layout.StoredEvent{}
	return due
}

// run erases until the journal closes, then finishes what is due. If it runs out of time, the
// next start erases the rest.
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
