package room

import (
	"context"
	"net/netip"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
)

// MaxFastLines is how many lines in a row may come too fast, and are slowed down, before their
// sender is muted.
const MaxFastLines = 20

// rateLimit returns the limit of a person, which stays the same when they reconnect. A guest gets a
// new one; the limit of their address still holds.
func (a *Access) rateLimit(person ids.Account) *ratelimit.Person {
	if person == "" {
		return ratelimit.NewPerson(a.st.Policy.Limits)
	}
	p, ok := a.rateLimits.Get(person)
	if !ok {
		if p = ratelimit.NewPerson(a.st.Policy.Limits); p == nil {
			return nil
		}
		a.rateLimits.Set(person, p, time.Now(), func(person ids.Account, p *ratelimit.Person) bool {
			return a.st.Online.ByPerson[person] == nil && p.IsFull()
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
	own, from := lineBucket(s), addressBucket(s)
	if s.Client.Scripted {
		if err := own.Wait(waiter{s}); err != nil {
			return err
		}
		return from.Wait(waiter{s})
	}
	wait, addressWait := ratelimit.TakeBoth(own, from, 1)
	countFastLine(s, wait)
	refusal, refused := reply.TooFast, &s.hub.lineRefused
	if addressWait > ratelimit.MaxWait {
		refusal, refused = reply.AddressTooFast, &s.hub.addressRefused
	}
	wait = max(wait, addressWait)
	if err := (waiter{s}).Sleep(min(wait, ratelimit.MaxWait)); err != nil { // without a delay, refused clients would retry at once
		return err
	}
	if wait > ratelimit.MaxWait {
		refused.Add(1)
		return reply.Refuse(refusal)
	}
	return nil
}

// lineBucket returns the bucket from which s's lines take tokens.
func lineBucket(s *Session) *ratelimit.Bucket {
	p := s.User.rateLimit.Load()
	switch {
	case p == nil:
		return nil
	case s.UserInfo().Bot:
		return p.BotLines
	case s.Client.Scripted:
		return p.ScriptLines
	}
	return p.Lines
}

// addressBucket returns the bucket that s shares with other sessions from its address. It is nil
// for one-shot sessions, which have paid when they connected.
func addressBucket(s *Session) *ratelimit.Bucket {
	from := s.Meter.Address()
	if from == nil || s.OneShot {
		return nil
	}
	return from.Lines
}

// countFastLine counts lines in a row that have to wait for s's own limit. With too many of them s
// is muted for a while, except for bots. It is not called for scripted clients.
func countFastLine(s *Session, wait time.Duration) {
	switch {
	case wait <= 0:
		s.fastLines = 0
	case s.UserInfo().Bot:
	default:
		if s.fastLines++; s.fastLines > MaxFastLines {
			s.fastLines = 0
			st := s.hub.Lock()
			st.Access.FloodMute(s)
			st.Unlock()
		}
	}
}

// throttleAddress delays a client that connects from a busy address. Connecting costs as much as
// the given number of lines. The error is a [*reply.Refusal] or that of ctx.
func throttleAddress(ctx context.Context, h *Hub, ci *ClientInfo, lines int) error {
	st := h.Lock()
	from := st.Access.addressLimits.Find(ci.Remote, st.Policy.Limits)
	st.Unlock()
	if from == nil {
		return nil
	}
	wait := from.Lines.Take(lines)
	if err := sleep(ctx, h, min(wait, ratelimit.MaxWait)); err != nil {
		return err
	}
	if wait > ratelimit.MaxWait {
		h.addressRefused.Add(1)
		return reply.Refuse(reply.TooManySessions)
	}
	return nil
}

// A waiter waits until its session leaves, and then returns the [Reason].
type waiter struct{ s *Session }

func (w waiter) Acquire(ctx context.Context, turn ratelimit.Semaphore) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.s.Context().Done():
	case <-w.s.Client.Done:
		w.s.Leave(HungUp)
	}
	return w.s.Reason()
}

func (w waiter) Sleep(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-w.s.Context().Done():
	case <-w.s.Client.Done:
		w.s.Leave(HungUp)
	}
	return w.s.Reason()
}

// sleep sleeps, at most until the hub closes or ctx ends, whose error it then returns.
func sleep(ctx context.Context, h *Hub, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
	case <-h.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// takeRenameToken takes one of s's renames for this minute, or returns why s may not rename itself
// now.
func takeRenameToken(s *Session) error {
	if most, ok := s.User.rateLimit.Load().TakeRename(); !ok {
		s.hub.renameRefused.Add(1)
		return reply.Refuse(reply.TooManyRenames, most)
	}
	return nil
}

// Charge charges an address for work that a door has done for a client, which may not have entered
// yet. It returns how long it takes until everything is paid for, or zero.
func (h *Hub) Charge(remote netip.Addr, work time.Duration) (owed time.Duration) {
	st := h.Lock()
	from := st.Access.addressLimits.Find(remote, st.Policy.Limits)
	st.Unlock()
	if from == nil {
		return 0
	}
	return from.Work.Charge(work)
}
