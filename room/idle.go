package room

import (
	"sync/atomic"
	"time"
)

// An idleTimer ends a session that does nothing for too long, and warns before it
// does. Input is something done, and so is each line that is acted on, which may have
// come long before. Either costs an atomic store or two: the timer is not set anew each
// time, but looks when it fires how long ago the last one was.
type idleTimer struct {
	limit, warn time.Duration
	began       time.Time    // set before anybody knows the user
	heard       atomic.Int64 // the last input, in nanoseconds since began
	last        atomic.Int64 // the last thing done, likewise
	waiting     atomic.Bool  // a line is held back, which is no idleness
	timer       atomic.Pointer[time.Timer]
}

// start begins to watch u, which has just come. A limit of 0 watches nothing.
func (t *idleTimer) start(u *User, limit, warn time.Duration) {
	if limit <= 0 {
		return
	}
	if warn >= limit {
		warn = 0 // it would come at once
	}
	t.limit, t.warn = limit, warn
	// It must be stored before it can fire.
	t.timer.Store(time.AfterFunc(24*time.Hour, func() { t.fire(u) }))
	t.reset(u, limit-warn)
}

// touch tells that input came.
func (t *idleTimer) touch() {
	now := int64(time.Since(t.began))
	t.heard.Store(now)
	t.last.Store(now)
}

// wait tells that a line is to be acted on once it may be.
func (t *idleTimer) wait() { t.waiting.Store(true) }

// act tells that it is acted on.
func (t *idleTimer) act() {
	t.last.Store(int64(time.Since(t.began)))
	t.waiting.Store(false)
}

// input returns when the last input came.
func (t *idleTimer) input() time.Time { return t.began.Add(time.Duration(t.heard.Load())) }

func (t *idleTimer) stop() {
	if timer := t.timer.Load(); timer != nil {
		timer.Stop()
	}
}

func (t *idleTimer) reset(u *User, d time.Duration) {
	t.timer.Load().Reset(d)
	if u.departed.Load() { // it left meanwhile: nothing may keep it in memory
		t.stop()
	}
}

// fire looks how long u has been idle, acts on it, and sets the timer to when
// there may be something to do again.
func (t *idleTimer) fire(u *User) {
	last := t.last.Load()
	if t.waiting.Load() {
		last = int64(time.Since(t.began))
	}
	left := t.limit - (time.Since(t.began) - time.Duration(last))
	switch {
	case left <= 0:
		u.Leave(Idle)
		return
	case left <= t.warn: // once: next time nothing is left, or it was not idle
		u.post(&Event{Time: time.Now(), Kind: Noticed, Phrase: IdleSoon, Args: []any{left.Round(time.Second)}})
	default:
		left -= t.warn
	}
	t.reset(u, left)
}
