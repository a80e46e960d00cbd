package room

import (
	"sync/atomic"
	"time"

	"teahouse/internal/reply"
)

// An idleTimer ends a session that does nothing for too long, and warns it before. Input counts as
// activity, and so does each line that is executed, which may have arrived long before. Either
// costs an atomic store or two: the timer is not reset each time, but checks when it fires how long
// ago the last activity was.
type idleTimer struct {
	limit, warn  time.Duration
	startedAt    time.Time    // set before the session is shared
	lastInput    atomic.Int64 // the last input, in nanoseconds since startedAt
	lastActivity atomic.Int64 // the last activity, likewise
	waiting      atomic.Bool  // a line is held back by a rate limit, which is not idleness
	timer        atomic.Pointer[time.Timer]
}

// start starts the timer for s, which has just entered. A limit of 0 means none.
func (t *idleTimer) start(s *Session, limit, warn time.Duration) {
	if limit <= 0 {
		return
	}
	if warn >= limit {
		warn = 0 // the warning would come at once
	}
	t.limit, t.warn = limit, warn
	// It must be stored before it can fire.
	t.timer.Store(time.AfterFunc(24*time.Hour, func() { t.fire(s) }))
	t.reset(s, limit-warn)
}

// touch notes input.
func (t *idleTimer) touch() {
	now := int64(time.Since(t.startedAt))
	t.lastInput.Store(now)
	t.lastActivity.Store(now)
}

// holdLine notes that a line waits for its rate limit.
func (t *idleTimer) holdLine() { t.waiting.Store(true) }

// lineHandled notes that a line is executed.
func (t *idleTimer) lineHandled() {
	t.lastActivity.Store(int64(time.Since(t.startedAt)))
	t.waiting.Store(false)
}

// lastInputTime returns the time of the last input.
func (t *idleTimer) lastInputTime() time.Time {
	return t.startedAt.Add(time.Duration(t.lastInput.Load()))
}

func (t *idleTimer) stop() {
	if timer := t.timer.Load(); timer != nil {
		timer.Stop()
	}
}

func (t *idleTimer) reset(s *Session, d time.Duration) {
	t.timer.Load().Reset(d)
	if s.inbox.IsClosed() { // s left meanwhile: the timer must not keep it in memory
		t.stop()
	}
}

// fire checks how long s has been idle, acts on it, and sets the timer to the next moment at which
// there may be something to do.
func (t *idleTimer) fire(s *Session) {
	last := t.lastActivity.Load()
	if t.waiting.Load() {
		last = int64(time.Since(t.startedAt))
	}
	left := t.limit - (time.Since(t.startedAt) - time.Duration(last))
	switch {
	case left <= 0:
		s.Leave(Idle)
		return
	case left <= t.warn: // happens once: next time either nothing is left, or s was active
		s.Post(NewNotice(reply.IdleSoon, left.Round(time.Second)))
	default:
		left -= t.warn
	}
	t.reset(s, left)
}
