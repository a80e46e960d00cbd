package room

import (
	"errors"

	"teahouse/internal/reply"
)

// A MessageSent tells the sender of a private message that it was sent, and anything worth knowing:
// that it waits, or that its reader is away.
type MessageSent struct {
	PlainReply
	Message *Event
	Note    reply.Sentence // has no code if there is nothing to say
}

func (m *MessageSent) Cost() (items int, messages []*Event) { return 0, []*Event{m.Message} }

// localizeRefusal returns a refusal from another node, which uses that node's name for the
// recipient, with the name that s knows.
func (s *Session) localizeRefusal(err error, to *UserInfo) error {
	var r *reply.Refusal
	if errors.As(err, &r) && len(r.Args) == 1 && r.Args[0] == to.Name {
		return reply.Refuse(r.Code, s.DisplayName(to))
	}
	return err
}

// Deliver hands a private message from s to the session of u that gets them. The error is a
// [*reply.Refusal], or [ErrSessionOver] if u has left.
func (s *Session) Deliver(u *User, e *Event) error {
	for to := s.hub.Recipient(u); to != nil; to = s.hub.Recipient(u) {
		switch {
		case to.Client.NoPrivateMessages:
			return reply.Refuse(reply.CannotReadMessages, s.DisplayName(e.To))
		case to.Ignores(e):
			return reply.Refuse(reply.Ignored, s.DisplayName(e.To))
		case to.node != nil:
			switch err := to.DeliverAtPeer(e); {
			case errors.Is(err, ErrUnreachable):
				return reply.Refuse(reply.PeerUnreachable, s.DisplayName(e.To))
			case !errors.Is(err, ErrSessionOver):
				return s.localizeRefusal(err, e.To)
			}
			if s.hub.Recipient(u) == to { // this node does not know yet that the session is over
				return ErrSessionOver
			}
			continue
		case to == s: // s reads the message as its answer
			return nil
		case to.Post(e):
			u.LastSender.Store(e.User)
			return nil
		case !to.IsClosed():
			return reply.Refuse(reply.MailboxFull, s.DisplayName(e.To))
		}
		// It has left; another session may have taken its place.
	}
	return ErrSessionOver
}
