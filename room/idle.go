package room

import (
	"sync/atomic"
	"time"

	"teahouse/internal/reply"
)

// An idleTimer ends a session that does nothing for too long, and warns before it
// does. Input is something done, and so is each line that is acted on, which may have
// come long before. Either costs an atomic store or two: the timer is not set anew each
// time, but looks when it fires how long ago the last one was.
type idleTimer struct {
	limit, warn  time.Duration
	startedAt    time.Time    // set before anybody knows the user
	lastInput    atomic.Int64 // the last input, in nanoseconds since began
	lastActivity atomic.Int64 // the last thing done, likewise
	waiting      atomic.Bool  // a line is held back, which is no idleness
	timer        atomic.Pointer[time.Timer]
}

// start begins to watch s, which has just come. A limit of 0 watches nothing.
func (t *idleTimer) start(s *Session, limit, warn time.Duration) {
	if limit <= 0 {
		return
	}
	if warn >= limit {
		warn = 0 // it would come at once
	}
	t.limit, t.warn = limit, warn
	// It must be stored before it can fire.
	t.timer.Store(time.AfterFunc(24*time.Hour, func() { t.fire(s) }))
	t.reset(s, limit-warn)
}

// touch tells that input came.
func (t *idleTimer) touch() {
	now := int64(time.Since(t.startedAt))
	t.lastInput.Store(now)
	t.lastActivity.Store(now)
}

// holdLine tells that a line is to be acted on once it may be.
func (t *idleTimer) holdLine() { t.waiting.Store(true) }

// lineHandled tells that it is acted on.
func (t *idleTimer) lineHandled() {
	t.lastActivity.Store(int64(time.Since(t.startedAt)))
	t.waiting.Store(false)
}

// lastInputTime returns when the last input came.
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
	if s.departed.Load() { // it left meanwhile: nothing may keep it in memory
		t.stop()
	}
}

// fire looks how long s has been idle, acts on it, and sets the timer to when
// there may be something to do again.
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
	case left <= t.warn: // once: next time nothing is left, or it was not idle
		s.post(NewNotice(reply.IdleSoon, left.Round(time.Second)))
	default:
		left -= t.warn
	}
	t.reset(s, left)
}
