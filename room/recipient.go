package room

import (
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// setRecipient sends everything that s says to one person, until /done.
func (s *Session) setRecipient(name string) (Reply, error) {
	u := s.findUser(name)
	if u == nil {
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	}
	to := u.info.Load().Name
	s.recipient.Store(&to)
	s.RequestRefresh()
	return NewNotice(reply.TalkingTo, to), nil
}

// clearRecipient implements /done.
func (s *Session) clearRecipient() (Reply, error) {
	if s.recipient.Swap(nil) == nil {
		return nil, reply.Refuse(reply.TalkingToAll, s.RoomName())
	}
	s.RequestRefresh()
	return NewNotice(reply.TalkingToAll, s.RoomName()), nil
}

// Recipient returns the name of the one person to whom s talks, or "" if it talks to the room. Any
// goroutine may call it.
func (s *Session) Recipient() string {
	if to := s.recipient.Load(); to != nil {
		return *to
	}
	return ""
}

// sayOrSend sends a line that is not a command to the room or to s's recipient.
func (s *Session) sayOrSend(line string) (Reply, error) {
	if to := s.Recipient(); to != "" {
		return s.SendDirect(to, line)
	}
	return nil, s.Say(line)
}
