package room

import (
	"maps"
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

	// BotLines and BotBurst are what Lines and Burst are, for bots, which are slowed
	// down only.
	BotLines float64
	BotBurst int

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
// likes. Programs have a bucket of their own: what a pipe says leaves the person
// who types beside it no less. So have those who are bots.
type pace struct {
	lines   *rate.Limiter
	pipes   *rate.Limiter
	bots    *rate.Limiter
	renames *rate.Limiter
}

func newPace(l Limits) *pace {
	if l.Lines <= 0 && l.BotLines <= 0 && l.Renames <= 0 {
		return nil
	}
	p := &pace{}
	if l.Lines > 0 {
		p.lines = rate.NewLimiter(rate.Limit(l.Lines), max(1, l.Burst))
		p.pipes = rate.NewLimiter(rate.Limit(l.Lines), max(1, l.Burst))
	}
	if l.BotLines > 0 {
		p.bots = rate.NewLimiter(rate.Limit(l.BotLines), max(1, l.BotBurst))
	}
	if l.Renames > 0 {
		p.renames = rate.NewLimiter(rate.Limit(float64(l.Renames)/60), l.Renames)
	}
	return p
}

// rested reports whether a pace is as good as a new one.
func (p *pace) rested() bool {
	for _, l := range []*rate.Limiter{p.lines, p.pipes, p.bots, p.renames} {
		if l != nil && l.Tokens() < float64(l.Burst()) {
			return false
		}
	}
	return true
}

// paceLocked returns the pace of somebody. That of a person is the same when it
// comes again; a guest's is new, but that of its address holds.
func (h *House) paceLocked(person string) *pace {
	if person == "" {
		return newPace(h.Limits)
	}
	p := h.paces[person]
	if p == nil {
		if p = newPace(h.Limits); p == nil {
			return nil
		}
		h.sweepPacesLocked()
		h.paces[person] = p
	}
	return p
}

// sweepPacesLocked forgets those that are as good as new, when there are twice as
// many as after the last time.
func (h *House) sweepPacesLocked() {
	if len(h.paces) < 2*max(h.pacesSwept, 512) {
		return
	}
	maps.DeleteFunc(h.paces, func(person string, p *pace) bool { return h.people[person] == nil && p.rested() })
	h.pacesSwept = len(h.paces)
}

// slowDown holds u's reader back where it sends lines faster than it may. The
// error is a [*Refusal]: then the line is not to be looked at.
func (u *User) slowDown() error {
	if reason := u.Reason(); reason != "" {
		return reason // what it had sent before is of no use any more
	}
	wait := u.ahead()
	if from := u.source.Load(); from != nil && !u.visiting { // who visits has paid at the door
		wait = max(wait, take(from.lines, 1))
	}
	if wait > mostWait && !u.visitor.Patient {
		u.house.tooFast.Add(1)
		u.house.pause(mostWait) // or it would ask again at once
		return refuse(TooFast)
	}
	u.house.pause(wait)
	return nil
}

// ahead returns for how long u has to wait for its own pace. When it was too fast
// for too many lines in a row it is muted for a while; a patient one or a bot never is.
func (u *User) ahead() time.Duration {
	p := u.presence.pace.Load()
	switch {
	case p == nil:
		return 0
	case u.Who().Bot && p.bots != nil:
		return take(p.bots, 1)
	case u.Who().Bot, p.lines == nil:
		return 0
	case u.visitor.Patient:
		return take(p.pipes, 1)
	}
	wait := take(p.lines, 1)
	if wait <= 0 {
		u.slowed = 0
		return 0
	}
	if u.slowed++; u.slowed > patience {
		u.slowed = 0
		u.hush()
	}
	return wait
}

// slowDown holds v back where too many come from one address: coming costs as much
// as so many lines.
func (h *House) slowDown(v *Visitor, lines int) error {
	h.mu.Lock()
	from := h.sources.find(v.Remote, h.Limits)
	h.mu.Unlock()
	if from == nil {
		return nil
	}
	wait := take(from.lines, min(lines, from.lines.Burst()))
	h.pause(min(wait, mostWait))
	if wait > mostWait {
		h.tooMany.Add(1)
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
	if len(h.hushed) > 0 && !u.visitor.Patient && !u.Who().Bot {
		if left := time.Until(h.hushed[u.Who().sign()]); left > 0 {
			h.hushedStill.Add(1)
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
	if len(h.spoke) >= 2*max(h.spokeSwept, 512) {
		maps.DeleteFunc(h.spoke, func(_ string, at time.Time) bool { return now.Sub(at) > pause })
		h.spokeSwept = len(h.spoke)
	}
	who := u.Who().sign()
	if remote := u.visitor.Remote; u.Key == "" && remote.IsValid() && !remote.IsLoopback() {
		who = Source(remote).String() // a guest could come again for each line
	}
	if left := pause - now.Sub(h.spoke[who]); left > 0 {
		return refuse(SlowMode, h.order.Slow, int(left.Seconds())+1)
	}
	h.spoke[who] = now
	return nil
}

// takeRename takes one of the renames that u has a minute, or returns why it may not
// take another name now.
func (u *User) takeRename() error {
	if p := u.presence.pace.Load(); p != nil && p.renames != nil && !p.renames.Allow() {
		u.house.tooManyRenames.Add(1)
		return refuse(TooManyRenames, p.renames.Burst())
	}
	return nil
}
