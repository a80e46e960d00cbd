package private

import (
	"context"
	"errors"

	"teahouse/internal/reply"
	"teahouse/room"
)

// deliver hands a private message from s to the session of u that gets them. The error is a
// [*reply.Refusal], or [room.ErrSessionOver] if u has left.
func deliver(s *room.Session, u *room.User, e *room.Event) error {
	for to := s.Hub().Recipient(u); to != nil; to = s.Hub().Recipient(u) {
		switch err := deliverTo(s, to, e); {
		case err == nil:
			return nil
		case errors.Is(err, room.ErrUnreachable):
			return reply.Refuse(reply.PeerUnreachable, room.DisplayName(s, e.To))
		case !errors.Is(err, room.ErrSessionOver):
			return localizeRefusal(s, err, e.To)
		}
		if to.IsRemote() && s.Hub().Recipient(u) == to { // this node does not know yet that the session is over
			return room.ErrSessionOver
		}
		// It has left; another session may have taken its place.
	}
	return room.ErrSessionOver
}

// deliverTo hands a private message from s to one session, here or at another node.
func deliverTo(s, to *room.Session, e *room.Event) error {
	if !to.IsRemote() && to != s {
		return Receive(to, e)
	}
	if err := accepts(to, e); err != nil || to == s { // s reads the message as its answer
		return err
	}
	ctx := context.WithoutCancel(s.Context()) // whoever hangs up after sending a message has sent it
	return room.DeliverAtPeer(ctx, to, e)
}

// Receive puts a private message into the mailbox of s, which is at this node; /reply answers its
// sender. The error is a [*reply.Refusal] or [room.ErrSessionOver].
func Receive(s *room.Session, e *room.Event) error {
	if err := accepts(s, e); err != nil {
		return err
	}
	err := s.Receive(e)
	if err == nil {
		s.User.LastSender.Store(e.User)
	}
	return err
}

// accepts returns why s, which may be at another node, does not take a private message, or nil.
func accepts(s *room.Session, e *room.Event) error {
	switch {
	case s.Client.NoPrivateMessages:
		return reply.Refuse(reply.CannotReadMessages, e.To.Name)
	case s.Ignores(e):
		return reply.Refuse(reply.Ignored, e.To.Name)
	}
	return nil
}

// localizeRefusal returns a refusal that uses the recipient's name with the name that s knows.
func localizeRefusal(s *room.Session, err error, to *room.UserInfo) error {
	var r *reply.Refusal
	if errors.As(err, &r) && len(r.Args) == 1 && r.Args[0] == to.Name {
		return reply.Refuse(r.Code, room.DisplayName(s, to))
	}
	return err
}
