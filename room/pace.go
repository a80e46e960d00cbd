package room

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits says how much one may do in a time. What is zero is not limited.
type Limits struct {
	// Lines is how many lines, commands among them, a person may send a second,
	// in the long run, and Burst how many at once. Who goes on sending faster is
	// slowed down, then muted for a minute.
	Lines float64
	Burst int

	// SourceLines and SourceBurst are the same for all who come from one address
	// (an IPv6 /64) together. They are slowed down only.
	SourceLines float64
	SourceBurst int

	// Renames is how often a minute one may take another name.
	Renames int
}

const (
	// patience is how many lines in a row may be too fast, and are slowed down,
	// before their sender is muted.
	patience = 20

	// hush is for how long.
	hush = time.Minute

	// mostWait is the longest time that a line is held back. A sender that is
	// further ahead has the line refused.
	mostWait = 5 * time.Second
)

// A pace is how fast a person may go, over all sessions. Nil is as fast as one
// likes.
type pace struct {
	lines   *rate.Limiter
	renames *rate.Limiter

	mu     sync.Mutex
	slowed int // lines in a row that were too fast
}

func newPace(l Limits) *pace {
	if l.Lines <= 0 && l.Renames <= 0 {
		return nil
	}
	p := &pace{}
	if l.Lines > 0 {
		p.lines = rate.NewLimiter(rate.Limit(l.Lines), max(1, l.Burst))
	}
	if l.Renames > 0 {
		p.renames = rate.NewLimiter(rate.Limit(float64(l.Renames)/60), l.Renames)
	}
	return p
}

// slowDown holds u's reader back where it sends lines faster than it may. The
// error is a [*Refusal]: then the line is not to be looked at.
func (u *User) slowDown() error {
	if reason := u.Reason(); reason != "" {
		return reason // what it had sent before is of no use any more
	}
	p := u.presence.pace
	var wait time.Duration
	if p != nil && p.lines != nil {
		wait = take(p.lines, 1)
	}
	if wait > 0 {
		u.hurry(p)
	} else if p != nil {
		p.calm()
	}
	if u.source != nil {
		wait = max(wait, take(u.source.lines, 1))
	}
	if wait > mostWait && !u.visitor.Patient {
		u.house.pause(mostWait) // or it would ask again at once
		return refuse(TooFast)
	}
	u.house.pause(wait)
	return nil
}

// slowDown holds v back where too many come in from one address: each coming and
// going is two lines for everybody to read.
func (h *House) slowDown(v *Visitor) error {
	h.mu.Lock()
	from := h.sources.find(v.Remote, h.Limits)
	h.mu.Unlock()
	if from == nil {
		return nil
	}
	wait := take(from.lines, min(2, from.lines.Burst()))
	h.pause(min(wait, mostWait))
	if wait > mostWait {
		return refuse(TooMany)
	}
	return nil
}

// pause sleeps, at most until the house closes.
func (h *House) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-h.closing:
	}
}

// take takes so many tokens, and returns how long to wait for them.
func take(l *rate.Limiter, n int) time.Duration {
	r := l.ReserveN(time.Now(), n)
	wait := r.Delay()
	if wait > mostWait {
		r.Cancel()
	}
	return wait
}

// calm notes that a line came in good time.
func (p *pace) calm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowed = 0
}

// hurry notes that a line came too fast. When there were too many of them, the
// sender is muted for a while.
func (u *User) hurry(p *pace) {
	if u.visitor.Patient {
		return
	}
	p.mu.Lock()
	p.slowed++
	enough := p.slowed > patience
	if enough {
		p.slowed = 0
	}
	p.mu.Unlock()
	if enough {
		u.hush()
	}
}

// hush mutes u for a while; who has a key, in its other sessions and in those to
// come, too.
func (u *User) hush() {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for who, until := range h.hushed {
		if now.After(until) {
			delete(h.hushed, who)
		}
	}
	if h.hushed[u.Who().sign()].IsZero() {
		u.post(notice(Hushed, int(hush.Seconds())))
	}
	h.hushed[u.Who().sign()] = now.Add(hush)
}

// maySpeak returns why u may not say anything now, to the room or in private, or
// nil.
func (u *User) maySpeak() error {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.muteLocked(u); p != nil {
		return p.muted()
	}
	if len(h.hushed) > 0 {
		if left := time.Until(h.hushed[u.Who().sign()]); left > 0 {
			return refuse(HushedStill, int(left.Seconds())+1)
		}
	}
	if h.order.Slow > 0 && !h.isOperatorLocked(u.Key) {
		return h.slowLocked(u)
	}
	return nil
}

// slowLocked is the slow mode: one line in so many seconds.
func (h *House) slowLocked(u *User) error {
	now, pause := time.Now(), time.Duration(h.order.Slow)*time.Second
	if len(h.spoke) > 1024 {
		for who, at := range h.spoke {
			if now.Sub(at) > pause {
				delete(h.spoke, who)
			}
		}
	}
	who := u.Who().sign()
	if left := pause - now.Sub(h.spoke[who]); left > 0 {
		return refuse(SlowMode, h.order.Slow, int(left.Seconds())+1)
	}
	h.spoke[who] = now
	return nil
}

// mayRename returns why u may not take another name now, or nil.
func (u *User) mayRename() error {
	h := u.house
	h.mu.Lock()
	mute := h.muteLocked(u)
	h.mu.Unlock()
	if mute != nil {
		return mute.muted()
	}
	if p := u.presence.pace; p != nil && p.renames != nil && !p.renames.Allow() {
		return refuse(TooManyRenames, u.house.Limits.Renames)
	}
	return nil
}
