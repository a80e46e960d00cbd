package room

import (
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// maxAwayBytes is the most bytes of what somebody says of being away.
const maxAwayBytes = 200

// An awayState is what somebody who is here has said of not reading at the moment.
// It is the person's, in all of its sessions. Immutable.
type awayState struct {
	message string // may be ""
	since   time.Time
}

// setAway does /away.
func (s *Session) setAway(args []string) (Reply, error) {
	a := &awayState{since: time.Now()}
	if len(args) > 0 {
		if err := s.maySpeak(); err != nil {
			return nil, err
		}
		why := cleanReason(args[0])
		a.message = text.Clean(why[:min(len(why), maxAwayBytes)]) // which drops half a character
	}
	s.user.awayState.Store(a)
	s.publishUserChange()
	if a.message == "" {
		return notice(reply.AwayNow), nil
	}
	return notice(reply.AwayNowReason, a.message), nil
}

// clearAway does /back.
func (s *Session) clearAway() (Reply, error) {
	if s.user.awayState.Swap(nil) == nil {
		return notice(reply.NotAway), nil
	}
	s.publishUserChange()
	return notice(reply.BackNow), nil
}

// endAway ends the absence of somebody who says something, and tells it so. What a
// program says beside it is no sign of anybody.
func (s *Session) endAway() {
	if s.client.Scripted || s.user.awayState.Load() == nil || s.user.awayState.Swap(nil) == nil {
		return
	}
	s.publishUserChange()
	if to := s.hub.recipientOf(s.user); to != nil {
		to.post(notice(reply.BackNow))
	}
}

// publishUserChange has other houses learn of what s's person says of itself.
func (s *Session) publishUserChange() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.userChangedLocked(s.user)
}

// annotate puts into a private message what its speaker is to know: that the other one
// is not reading. The absence may be nil.
func (a *awayState) note(name string) reply.Sentence {
	switch {
	case a == nil:
		return reply.Sentence{}
	case a.message == "":
		return reply.Say(reply.RecipientAway, name)
	}
	return reply.Say(reply.RecipientAwayReason, name, a.message)
}

// listedInfo returns who u is, as /who shows it.
func (u *user) listedInfo() *UserInfo {
	who := u.info.Load()
	if u.awayState.Load() == nil {
		return who
	}
	absent := *who
	absent.Away = true
	return &absent
}
