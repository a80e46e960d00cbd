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
	// (an IPv6 /64) together; a /48 has four times that. They are slowed down only.
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
)

// A pace is how fast a person may go, over all sessions. Nil is as fast as one
// likes. Programs have a bucket of their own: what a pipe says leaves the person
// who types beside it no less. So have those who are bots.
type pace struct {
	lines   *bucket
	pipes   *bucket
	bots    *bucket
	renames *rate.Limiter
}

func newPace(l Limits) *pace {
	if l.Lines <= 0 && l.BotLines <= 0 && l.Renames <= 0 {
		return nil
	}
	p := &pace{lines: newBucket(l.Lines, l.Burst), pipes: newBucket(l.Lines, l.Burst), bots: newBucket(l.BotLines, l.BotBurst)}
	if l.Renames > 0 {
		p.renames = rate.NewLimiter(rate.Limit(float64(l.Renames)/60), l.Renames)
	}
	return p
}

// rested reports whether a pace is as good as a new one.
func (p *pace) rested() bool {
	renames := p.renames == nil || p.renames.Tokens() >= float64(p.renames.Burst())
	return renames && p.lines.isFull() && p.pipes.isFull() && p.bots.isFull()
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

// slowDown holds u's reader back where it sends lines faster than it may: until
// there is a token for the line of u's own pace, and one of where it comes from. The
// error is a [*Refusal], or the [Reason] why u has left meanwhile: then the line is not
// to be looked at. A line that is counts as activity, however long ago it was sent.
func (u *User) slowDown() error {
	if reason := u.Reason(); reason != "" {
		return reason // what it had sent before is of no use any more
	}
	u.idle.wait()
	defer u.idle.act()
	own, from := u.bucket(), u.shared()
	if u.visitor.Patient {
		if err := own.await(u); err != nil {
			return err
		}
		return from.await(u)
	}
	wait, token := own.take(1)
	u.countHaste(wait)
	refusal, refused := TooFast, &u.house.tooFast
	if wait <= mostWait {
		more, _ := from.take(1)
		if more > mostWait {
			refusal, refused = TooFastHere, &u.house.tooMany
			if token != nil {
				token.Cancel()
			}
		}
		wait = max(wait, more)
	}
	if err := u.pause(min(wait, mostWait)); err != nil { // one that is refused would ask again at once
		return err
	}
	if wait > mostWait {
		refused.Add(1)
		return refuse(refusal)
	}
	return nil
}

// bucket returns what u's lines take tokens of.
func (u *User) bucket() *bucket {
	p := u.presence.pace.Load()
	switch {
	case p == nil:
		return nil
	case u.Who().Bot:
		return p.bots
	case u.visitor.Patient:
		return p.pipes
	}
	return p.lines
}

// shared returns what the lines of all who come from where u does take tokens of, or
// nil: who visits has paid at the door.
func (u *User) shared() *bucket {
	from := u.source.Load()
	if from == nil || u.visiting {
		return nil
	}
	return from.lines
}

// countHaste counts a line that has to wait for u's own pace. Who is too fast for too
// many lines in a row is muted for a while; a bot never is, nor who is patient.
func (u *User) countHaste(wait time.Duration) {
	switch {
	case wait <= 0:
		u.slowed = 0
	case u.Who().Bot:
	default:
		if u.slowed++; u.slowed > patience {
			u.slowed = 0
			u.hush()
		}
	}
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
	wait, _ := from.lines.take(lines)
	h.pause(min(wait, mostWait))
	if wait > mostWait {
		h.tooMany.Add(1)
		return refuse(TooMany)
	}
	return nil
}

// pause sleeps, and returns why u has left if it does meanwhile.
func (u *User) pause(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-u.gone:
	case <-u.visitor.Ended:
		u.Leave(HungUp)
	}
	return u.Reason()
}

// pause sleeps, at most until the house closes.
func (h *House) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-h.closing:
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

// maySpeak returns why u may not say anything now, or nil. It is the one question of who
// is muted, too fast, or in slow mode, and is asked wherever others are to read what
// somebody has typed: to the room or in private, as a topic or a reason, as the name of a
// room, in help. Names have [House.mayTakeNameLocked]. See [Command].Speech.
func (u *User) maySpeak() error {
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	return u.maySpeakLocked()
}

func (u *User) maySpeakLocked() error {
	h, sign := u.house, u.Who().sign()
	if err := h.silencedLocked(&u.visitor, u.Key, sign, u.Who().Bot); err != nil {
		return err
	}
	if h.order.Slow > 0 && !h.isOperatorLocked(u.Key) {
		return h.slowLocked(&u.visitor, u.Key, sign, "")
	}
	return nil
}

// mayTakeNameLocked is maySpeak for a name, which all read, too: a guest could come with
// another one each time. Who asks for it need not be in yet; then the sign is the person.
// Slow mode counts names apart from lines.
func (h *House) mayTakeNameLocked(v *Visitor, person, sign string) error {
	if err := h.silencedLocked(v, person, sign, h.bots[person] != nil); err != nil {
		return err
	}
	if h.order.Slow > 0 && !h.isOperatorLocked(person) {
		return h.slowLocked(v, person, sign, "name of ")
	}
	return nil
}

// hadNameLocked reports whether a name is somebody's own, or the one that it was muted by.
// Then it says nothing new.
func (h *House) hadNameLocked(v *Visitor, person string, id identity) bool {
	p := h.muteOnLocked(v, person, person)
	return h.ownsLocked(person, id) || p != nil && p.Name != "" && NameKey(p.Name) == id.key
}

// silencedLocked returns how somebody is kept from speaking: by a mute or, for a while, by
// having been too fast.
func (h *House) silencedLocked(v *Visitor, person, sign string, bot bool) error {
	if p := h.muteOnLocked(v, person, sign); p != nil {
		return p.muted()
	}
	if len(h.hushed) > 0 && !v.Patient && !bot {
		if left := time.Until(h.hushed[sign]); left > 0 {
			h.hushedStill.Add(1)
			return refuse(HushedStill, int(left.Seconds())+1)
		}
	}
	return nil
}

// slowLocked is the slow mode: one line, or one of something else, in so many seconds.
func (h *House) slowLocked(v *Visitor, person, sign, what string) error {
	now, pause := time.Now(), time.Duration(h.order.Slow)*time.Second
	if len(h.spoke) >= 2*max(h.spokeSwept, 512) {
		maps.DeleteFunc(h.spoke, func(_ string, at time.Time) bool { return now.Sub(at) > pause })
		h.spokeSwept = len(h.spoke)
	}
	who := what + sign
	switch remote := v.Remote; {
	case person != "":
	case remote.IsValid() && !remote.IsLoopback():
		who = what + Source(remote).String() // a guest could come again for each line
	case sign == "": // a guest of this machine, of whom nothing is known yet
		return nil
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
