package room

import (
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/names"
	"teahouse/internal/netaddr"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
)

// Limits says how much one may do in a time. What is zero is not limited.
type Limits struct {
	// Lines is how many lines, commands among them, a person may send a second,
	// in the long run, and Burst how many at once. Who goes on sending faster is
	// slowed down, then muted for a minute.
	Lines float64
	Burst int

	// AddressLines and SourceBurst are the same for all who come from one address
	// (an IPv6 /64) together; a /48 has four times that. They are slowed down only.
	AddressLines float64
	AddressBurst int

	// BotLines and BotBurst are what Lines and Burst are, for bots, which are slowed
	// down only.
	BotLines float64
	BotBurst int

	// Renames is how often a minute one may take another name.
	Renames int
}

const (
	// maxFastLines is how many lines in a row may be too fast, and are slowed down,
	// before their sender is muted.
	maxFastLines = 20

	// floodMuteTime is for how long.
	floodMuteTime = time.Minute
)

// A rateLimit is how fast a person may go, over all sessions. Nil is as fast as one
// likes. Programs have a bucket of their own: what a pipe says leaves the person
// who types beside it no less. So have those who are bots.
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

// isFull reports whether a pace is as good as a new one.
func (l *rateLimit) isFull() bool {
	return ratelimit.IsFull(l.renames, time.Now()) && l.lines.isFull() && l.scriptLines.isFull() && l.botLines.isFull()
}

// rateLimitLocked returns the pace of somebody. That of a person is the same when it
// comes again; a guest's is new, but that of its address holds.
func (h *Hub) rateLimitLocked(person string) *rateLimit {
	if person == "" {
		return newRateLimit(h.Limits)
	}
	p, ok := h.rateLimits.Get(person)
	if !ok {
		if p = newRateLimit(h.Limits); p == nil {
			return nil
		}
		h.rateLimits.Set(person, p, time.Now(), func(person string, p *rateLimit) bool { return h.online.byPerson[person] == nil && p.isFull() })
	}
	return p
}

// throttle holds s's reader back where it sends lines faster than it may: until
// there is a token for the line of s's own pace, and one of where it comes from. The
// error is a [*Refusal], or the [Reason] why s has left meanwhile: then the line is not
// to be looked at. A line that is counts as activity, however long ago it was sent.
func (s *Session) throttle() error {
	if reason := s.Reason(); reason != "" {
		return reason // what it had sent before is of no use any more
	}
	s.idle.holdLine()
	defer s.idle.lineHandled()
	own, from := s.lineBucket(), s.addressBucket()
	if s.client.Scripted {
		if err := own.wait(s); err != nil {
			return err
		}
		return from.wait(s)
	}
	wait, addressWait := takeBoth(own, from, 1)
	s.countFastLine(wait)
	refusal, refused := reply.TooFast, &s.hub.lineRefused
	if addressWait > maxThrottleWait {
		refusal, refused = reply.AddressTooFast, &s.hub.addressRefused
	}
	wait = max(wait, addressWait)
	if err := s.sleep(min(wait, maxThrottleWait)); err != nil { // one that is refused would ask again at once
		return err
	}
	if wait > maxThrottleWait {
		refused.Add(1)
		return reply.Refuse(refusal)
	}
	return nil
}

// lineBucket returns what s's lines take tokens of.
func (s *Session) lineBucket() *tokenBucket {
	p := s.user.rateLimit.Load()
	switch {
	case p == nil:
		return nil
	case s.User().Bot:
		return p.botLines
	case s.client.Scripted:
		return p.scriptLines
	}
	return p.lines
}

// addressBucket returns what the lines of all who come from where s does take tokens of, or
// nil: who visits has paid at the door.
func (s *Session) addressBucket() *tokenBucket {
	from := s.addressLimit.Load()
	if from == nil || s.oneShot {
		return nil
	}
	return from.lines
}

// countFastLine counts a line that has to wait for s's own pace. Who is too fast for too
// many lines in a row is muted for a while; a bot never is, nor who is patient.
func (s *Session) countFastLine(wait time.Duration) {
	switch {
	case wait <= 0:
		s.fastLines = 0
	case s.User().Bot:
	default:
		if s.fastLines++; s.fastLines > maxFastLines {
			s.fastLines = 0
			s.floodMute()
		}
	}
}

// throttleAddress holds ci back where too many come from one address: coming costs as much
// as so many lines.
func (h *Hub) throttleAddress(ci *ClientInfo, lines int) error {
	h.mu.Lock()
	from := h.addressLimits.find(ci.Remote, h.Limits)
	h.mu.Unlock()
	if from == nil {
		return nil
	}
	wait := from.lines.take(lines)
	h.sleep(min(wait, maxThrottleWait))
	if wait > maxThrottleWait {
		h.addressRefused.Add(1)
		return reply.Refuse(reply.TooManySessions)
	}
	return nil
}

// sleep sleeps, and returns why s has left if it does meanwhile.
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
	case <-s.client.Done:
		s.Leave(HungUp)
	}
	return s.Reason()
}

// sleep sleeps, at most until the house closes.
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

// floodMute mutes s for a while; who has a key, in its other sessions and in those to
// come, too.
func (s *Session) floodMute() {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for who, until := range h.floodMutes {
		if now.After(until) {
			delete(h.floodMutes, who)
		}
	}
	if h.floodMutes[s.User().subject()].IsZero() {
		s.post(notice(reply.FloodMuted, int(floodMuteTime.Seconds())))
	}
	h.floodMutes[s.User().subject()] = now.Add(floodMuteTime)
}

// maySpeak returns why s may not say anything now, or nil. It is the one question of who
// is muted, too fast, or in slow mode, and is asked wherever others are to read what
// somebody has typed: to the room or in private, as a topic or a reason, as the name of a
// room, in help. Names have [Hub.mayTakeNameLocked]. See [Command].Visibility.
func (s *Session) maySpeak() error {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.maySpeakLocked()
}

func (s *Session) maySpeakLocked() error {
	h, sign := s.hub, s.User().subject()
	if err := h.checkMutedLocked(&s.client, s.Person, sign, s.User().Bot); err != nil {
		return err
	}
	if h.moderation.Settings().SlowSeconds > 0 && !h.moderation.IsOperator(s.Person) {
		return h.checkSlowModeLocked(&s.client, s.Person, sign, "")
	}
	return nil
}

// mayTakeNameLocked is maySpeak for a name, which all read, too: a guest could come with
// another one each time. Who asks for it need not be in yet; then the sign is the person.
// Slow mode counts names apart from lines.
func (h *Hub) mayTakeNameLocked(ci *ClientInfo, person, sign string) error {
	if err := h.checkMutedLocked(ci, person, sign, h.bots.Get(person) != nil); err != nil {
		return err
	}
	if h.moderation.Settings().SlowSeconds > 0 && !h.moderation.IsOperator(person) {
		return h.checkSlowModeLocked(ci, person, sign, "name of ")
	}
	return nil
}

// mayKeepNameLocked reports whether a name is somebody's own, or the one that it was muted by.
// Then it says nothing new.
func (h *Hub) mayKeepNameLocked(ci *ClientInfo, person string, id names.Identity) bool {
	p := h.muteOnLocked(ci, person, person)
	return h.names.Owns(person, id) || p != nil && p.Name != "" && names.Key(p.Name) == id.Key
}

// checkMutedLocked returns how somebody is kept from speaking: by a mute or, for a while, by
// having been too fast.
func (h *Hub) checkMutedLocked(ci *ClientInfo, person, sign string, bot bool) error {
	if p := h.muteOnLocked(ci, person, sign); p != nil {
		return muteRefusal(p)
	}
	if len(h.floodMutes) > 0 && !ci.Scripted && !bot {
		if left := time.Until(h.floodMutes[sign]); left > 0 {
			h.floodMuteRefused.Add(1)
			return reply.Refuse(reply.StillFloodMuted, int(left.Seconds())+1)
		}
	}
	return nil
}

// checkSlowModeLocked is the slow mode: one line, or one of something else, in so many seconds.
func (h *Hub) checkSlowModeLocked(ci *ClientInfo, person, sign, what string) error {
	now, pause := time.Now(), h.moderation.Settings().SlowMode()
	who := what + sign
	switch remote := ci.Remote; {
	case person != "":
	case remote.IsValid() && !remote.IsLoopback():
		who = what + netaddr.Address(remote).String() // a guest could come again for each line
	case sign == "": // a guest of this machine, of whom nothing is known yet
		return nil
	}
	last, _ := h.slowModeTimes.Get(who)
	if left := pause - now.Sub(last); left > 0 {
		return reply.Refuse(reply.SlowMode, h.moderation.Settings().SlowSeconds, int(left.Seconds())+1)
	}
	h.slowModeTimes.Set(who, now, now, func(_ string, at time.Time) bool { return now.Sub(at) > pause })
	return nil
}

// takeRenameToken takes one of the renames that s has a minute, or returns why it may not
// take another name now.
func (s *Session) takeRenameToken() error {
	if p := s.user.rateLimit.Load(); p != nil && p.renames != nil && !p.renames.Allow() {
		s.hub.renameRefused.Add(1)
		return reply.Refuse(reply.TooManyRenames, p.renames.Burst())
	}
	return nil
}
