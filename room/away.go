package room

import (
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// maxAwayBytes limits the message that says why somebody is away.
const maxAwayBytes = 200

// An awayState says that a user is not reading at the moment. It holds for all of the user's
// sessions. Immutable.
type awayState struct {
	message string // may be ""
	since   time.Time
}

// setAway implements /away.
func (s *Session) setAway(args []string) (Reply, error) {
	a := &awayState{since: time.Now()}
	if len(args) > 0 {
		if err := s.maySpeak(); err != nil {
			return nil, err
		}
		why := cleanReason(args[0])
		a.message = text.Clean(why[:min(len(why), maxAwayBytes)]) // Clean drops a half character at the end
	}
	s.user.awayState.Store(a)
	s.publishUserChange()
	if a.message == "" {
		return NewNotice(reply.AwayNow), nil
	}
	return NewNotice(reply.AwayNowReason, a.message), nil
}

// clearAway implements /back.
func (s *Session) clearAway() (Reply, error) {
	if s.user.awayState.Swap(nil) == nil {
		return NewNotice(reply.NotAway), nil
	}
	s.publishUserChange()
	return NewNotice(reply.BackNow), nil
}

// endAway ends the away state of a user who says something, and tells them. Messages from a program
// beside the terminal do not count: they do not show that anybody is back.
func (s *Session) endAway() {
	if s.client.Scripted || s.user.awayState.Load() == nil || s.user.awayState.Swap(nil) == nil {
		return
	}
	s.publishUserChange()
	if to := s.hub.recipientOf(s.user); to != nil {
		to.post(NewNotice(reply.BackNow))
	}
}

// publishUserChange lets other nodes know that the user has changed.
func (s *Session) publishUserChange() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.userChangedLocked(s.user)
}

// note returns the sentence that tells the sender of a private message that its recipient is away.
// The state may be nil.
func (a *awayState) note(name string) reply.Sentence {
	switch {
	case a == nil:
		return reply.Sentence{}
	case a.message == "":
		return reply.Say(reply.RecipientAway, name)
	}
	return reply.Say(reply.RecipientAwayReason, name, a.message)
}

// listedInfo returns u as /who shows it.
func (u *user) listedInfo() *UserInfo {
	who := u.info.Load()
	if u.awayState.Load() == nil {
		return who
	}
	absent := *who
	absent.Away = true
	return &absent
}
