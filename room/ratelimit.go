package room

import (
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/names"
	"teahouse/internal/netaddr"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
)

// Limits limits rates. A zero field means no limit.
type Limits struct {
	// Lines is how many lines, including commands, a person may send per second in the long run;
	// Burst is how many at once. A person who keeps sending faster is slowed down, then muted for a
	// minute.
	Lines float64
	Burst int

	// AddressLines and AddressBurst are the same for all sessions from one address (an IPv6 /64)
	// together; a /48 has four times that. They only slow down.
	AddressLines float64
	AddressBurst int

	// BotLines and BotBurst replace Lines and Burst for bots. They only slow down.
	BotLines float64
	BotBurst int

	// Renames is how often a person may change names per minute.
	Renames int
}

const (
	// MaxFastLines is how many lines in a row may come too fast, and are slowed down, before their
	// sender is muted.
	MaxFastLines = 20

	// FloodMuteTime is how long such a mute lasts.
	FloodMuteTime = time.Minute
)

// A rateLimit limits how fast a person may send, over all their sessions. Nil means no limit.
// Programs have a bucket of their own, so that what a pipe says does not slow down the person who
// types beside it. So do bots.
type rateLimit struct {
	lines       *tokenBucket
	scriptLines *tokenBucket
	botLines    *tokenBucket
	renames     *rate.Limiter
}

func newRateLimit(l Limits) *rateLimit {
	if l.Lines <= 0 && l.BotLines <= 0 && l.Renames <= 0 {
		return nil
	}
	p := &rateLimit{lines: newTokenBucket(l.Lines, l.Burst), scriptLines: newTokenBucket(l.Lines, l.Burst), botLines: newTokenBucket(l.BotLines, l.BotBurst)}
	if l.Renames > 0 {
		p.renames = rate.NewLimiter(rate.Limit(float64(l.Renames)/60), l.Renames)
	}
	return p
}

// isFull reports whether a rateLimit is as good as new.
func (l *rateLimit) isFull() bool {
	return ratelimit.IsFull(l.renames, time.Now()) && l.lines.isFull() && l.scriptLines.isFull() && l.botLines.isFull()
}

// rateLimit returns the rateLimit of a person, which stays the same when they reconnect. A
// guest gets a new one; the limit of their address still holds.
func (a *Access) rateLimit(person string) *rateLimit {
	if person == "" {
		return newRateLimit(a.st.hub.Limits)
	}
	p, ok := a.rateLimits.Get(person)
	if !ok {
		if p = newRateLimit(a.st.hub.Limits); p == nil {
			return nil
		}
		a.rateLimits.Set(person, p, time.Now(), func(person string, p *rateLimit) bool {
			return a.st.Online.ByPerson[person] == nil && p.isFull()
		})
	}
	return p
}

// Throttle delays s's reader until its line has got a token of s's own and one of its address. The
// error is a [*reply.Refusal], or the [Reason] why s has left meanwhile; in both cases the line
// must be ignored. A line that passes counts as activity, no matter when it was sent.
func (s *Session) Throttle() error {
	if reason := s.Reason(); reason != "" {
		return reason // what the client sent before is of no use any more
	}
	s.idle.holdLine()
	defer s.idle.lineHandled()
	own, from := s.lineBucket(), s.addressBucket()
	if s.Client.Scripted {
		if err := own.wait(s); err != nil {
			return err
		}
		return from.wait(s)
	}
	wait, addressWait := takeBoth(own, from, 1)
	s.countFastLine(wait)
	refusal, refused := reply.TooFast, &s.hub.lineRefused
	if addressWait > MaxThrottleWait {
		refusal, refused = reply.AddressTooFast, &s.hub.addressRefused
	}
	wait = max(wait, addressWait)
	if err := s.sleep(min(wait, MaxThrottleWait)); err != nil { // without a delay, refused clients would retry at once
		return err
	}
	if wait > MaxThrottleWait {
		refused.Add(1)
		return reply.Refuse(refusal)
	}
	return nil
}

// lineBucket returns the bucket from which s's lines take tokens.
func (s *Session) lineBucket() *tokenBucket {
	p := s.User.rateLimit.Load()
	switch {
	case p == nil:
		return nil
	case s.UserInfo().Bot:
		return p.botLines
	case s.Client.Scripted:
		return p.scriptLines
	}
	return p.lines
}

// addressBucket returns the bucket that s shares with other sessions from its address. It is nil
// for one-shot sessions, which have paid when they connected.
func (s *Session) addressBucket() *tokenBucket {
	from := s.addressLimit.Load()
	if from == nil || s.OneShot {
		return nil
	}
	return from.lines
}

// countFastLine counts lines in a row that have to wait for s's own limit. With too many of them s
// is muted for a while, except for bots. It is not called for scripted clients.
func (s *Session) countFastLine(wait time.Duration) {
	switch {
	case wait <= 0:
		s.fastLines = 0
	case s.UserInfo().Bot:
	default:
		if s.fastLines++; s.fastLines > MaxFastLines {
			s.fastLines = 0
			s.FloodMute()
		}
	}
}

// throttleAddress delays a client that connects from a busy address. Connecting costs as much as
// the given number of lines.
func (h *Hub) throttleAddress(ci *ClientInfo, lines int) error {
	st := h.Lock()
	from := h.addressLimits.find(ci.Remote, h.Limits)
	st.Unlock()
	if from == nil {
		return nil
	}
	wait := from.lines.take(lines)
	h.sleep(min(wait, MaxThrottleWait))
	if wait > MaxThrottleWait {
		h.addressRefused.Add(1)
		return reply.Refuse(reply.TooManySessions)
	}
	return nil
}

// sleep sleeps. If s leaves meanwhile, it returns the reason.
func (s *Session) sleep(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-s.done:
	case <-s.Client.Done:
		s.Leave(HungUp)
	}
	return s.Reason()
}

// sleep sleeps, at most until the hub closes.
func (h *Hub) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-h.done:
	}
}

// FloodMute mutes s for a while. For a person with a key, that includes other and later sessions.
func (s *Session) FloodMute() {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	now := time.Now()
	for who, until := range st.Access.floodMutes {
		if now.After(until) {
			delete(st.Access.floodMutes, who)
		}
	}
	if st.Access.floodMutes[s.UserInfo().Subject()].IsZero() {
		s.Post(NewNotice(reply.FloodMuted, int(FloodMuteTime.Seconds())))
	}
	st.Access.floodMutes[s.UserInfo().Subject()] = now.Add(FloodMuteTime)
}

// MaySpeak returns why s may not say anything now, or nil. It covers mutes, flood mutes and slow
// mode, and must be asked wherever others will read what somebody typed: messages to the room or in
// private, topics, reasons, names of rooms, help texts. For names of users there is
// [Hub.mayTakeNameLocked]. See [Command].Visibility.
func (s *Session) MaySpeak() error {
	st := s.hub.Lock()
	defer st.Unlock()
	return st.Access.MaySpeak(s)
}

func (a *Access) MaySpeak(s *Session) error {
	h, sign := s.hub, s.UserInfo().Subject()
	if err := h.state.Access.checkMuted(&s.Client, s.Person, sign, s.UserInfo().Bot); err != nil {
		return err
	}
	if h.state.Moderation.Settings().SlowSeconds > 0 && !h.state.Moderation.IsOperator(s.Person) {
		return h.state.Access.checkSlowMode(&s.Client, s.Person, sign, "")
	}
	return nil
}

// mayTakeName is MaySpeak for a name, which everybody reads too: otherwise a guest could keep
// coming back with new ones. The client may not have entered yet; then sign is the person. Slow
// mode counts names separately from lines.
func (a *Access) mayTakeName(ci *ClientInfo, person, sign string) error {
	if err := a.checkMuted(ci, person, sign, a.st.Bots.Get(person) != nil); err != nil {
		return err
	}
	if a.st.Moderation.Settings().SlowSeconds > 0 && !a.st.Moderation.IsOperator(person) {
		return a.checkSlowMode(ci, person, sign, "name of ")
	}
	return nil
}

// mayKeepName reports whether a name says nothing new: it is the person's own, or the one
// under which they were muted.
func (a *Access) mayKeepName(ci *ClientInfo, person string, id names.Identity) bool {
	p := a.muteOn(ci, person, person)
	return a.st.Names.Owns(person, id) || p != nil && p.Name != "" && names.Key(p.Name) == id.Key
}

// checkMuted returns the refusal for somebody who is muted, by an operator or for flooding.
func (a *Access) checkMuted(ci *ClientInfo, person, sign string, bot bool) error {
	if p := a.muteOn(ci, person, sign); p != nil {
		return MuteRefusal(p)
	}
	if len(a.floodMutes) > 0 && !ci.Scripted && !bot {
		if left := time.Until(a.floodMutes[sign]); left > 0 {
			a.st.hub.floodMuteRefused.Add(1)
			return reply.Refuse(reply.StillFloodMuted, int(left.Seconds())+1)
		}
	}
	return nil
}

// checkSlowMode enforces slow mode: one line per interval, and one of anything else named by
// what.
func (a *Access) checkSlowMode(ci *ClientInfo, person, sign, what string) error {
	now, pause := time.Now(), a.st.Moderation.Settings().SlowMode()
	who := what + sign
	switch remote := ci.Remote; {
	case person != "":
	case remote.IsValid() && !remote.IsLoopback():
		who = what + netaddr.Address(remote).String() // otherwise a guest could reconnect for each line
	case sign == "": // a guest from this machine who has not entered yet
		return nil
	}
	last, _ := a.slowModeTimes.Get(who)
	if left := pause - now.Sub(last); left > 0 {
		return reply.Refuse(reply.SlowMode, a.st.Moderation.Settings().SlowSeconds, int(left.Seconds())+1)
	}
	a.slowModeTimes.Set(who, now, now, func(_ string, at time.Time) bool { return now.Sub(at) > pause })
	return nil
}

// takeRenameToken takes one of s's renames for this minute, or returns why s may not rename itself
// now.
func (s *Session) takeRenameToken() error {
	if p := s.User.rateLimit.Load(); p != nil && p.renames != nil && !p.renames.Allow() {
		s.hub.renameRefused.Add(1)
		return reply.Refuse(reply.TooManyRenames, p.renames.Burst())
	}
	return nil
}
