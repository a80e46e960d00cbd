package room

import (
	"time"

	"teahouse/internal/reply"
)

// MaxAwayBytes limits the message that says why somebody is away.
const MaxAwayBytes = 200

// An AwayState says that a user is not reading at the moment. It holds for all of the user's
// sessions. Immutable.
type AwayState struct {
	Message string // may be ""
	Since   time.Time
}

// EndAway ends the away state of a user who says something, and tells them. Messages from a program
// beside the terminal do not count: they do not show that anybody is back.
func (s *Session) EndAway() {
	if s.Client.Scripted || s.User.Away.Load() == nil || s.User.Away.Swap(nil) == nil {
		return
	}
	PublishUserChange(s)
	if to := s.hub.Recipient(s.User); to != nil {
		to.Post(NewNotice(reply.BackNow))
	}
}

// PublishUserChange lets other nodes know that the user has changed.
func PublishUserChange(s *Session) {
	st := s.hub.Lock()
	defer st.Unlock()
	st.userChanged(s.User)
}

// Note returns the sentence that tells the sender of a private message that its recipient is away.
// The state may be nil.
func (a *AwayState) Note(name string) reply.Sentence {
	switch {
	case a == nil:
		return reply.Sentence{}
	case a.Message == "":
		return reply.Say(reply.RecipientAway, name)
	}
	return reply.Say(reply.RecipientAwayReason, name, a.Message)
}

// listedInfo returns u as /who shows it.
func (u *User) listedInfo() *UserInfo {
	who := u.Info()
	if u.Away.Load() == nil {
		return who
	}
	absent := *who
	absent.Away = true
	return &absent
}
