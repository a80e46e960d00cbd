package room

import (
	"sync/atomic"
	"time"
)

// An idleTimer ends a session that nothing has come from for too long, and
// warns before it does. Any input costs it one atomic store: the timer is not
// set anew each time, but looks when it fires how long ago the last input was.
type idleTimer struct {
	limit, warn time.Duration
	began       time.Time    // set before anybody knows the user
	last        atomic.Int64 // the last input, in nanoseconds since began
	timer       atomic.Pointer[time.Timer]
	warned      int64 // the input after which the last warning came; only fire uses it
}

// start begins to watch u, which has just come. A limit of 0 watches nothing.
func (t *idleTimer) start(u *User, limit, warn time.Duration) {
	if limit <= 0 {
		return
	}
	if warn >= limit {
		warn = 0 // it would come at once
	}
	t.limit, t.warn, t.warned = limit, warn, -1
	// It must be stored before it can fire.
	t.timer.Store(time.AfterFunc(24*time.Hour, func() { t.fire(u) }))
	t.reset(u, limit-warn)
}

func (t *idleTimer) touch() { t.last.Store(int64(time.Since(t.began))) }

// input returns when the last input came.
func (t *idleTimer) input() time.Time { return t.began.Add(time.Duration(t.last.Load())) }

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
	left := t.limit - (time.Since(t.began) - time.Duration(last))
	switch {
	case left <= 0:
		u.Leave(Idle)
		return
	case left <= t.warn && t.warned != last:
		t.warned = last
		u.post(&Event{Time: time.Now(), Kind: Noticed, Phrase: IdleSoon, Args: []any{left.Round(time.Second)}})
	case left > t.warn:
		left -= t.warn
	}
	t.reset(u, left)
}
