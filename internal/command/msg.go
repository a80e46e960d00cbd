package command

import (
	"errors"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func runMsg(s *Runner, args []string) (room.Reply, error) {
	switch {
	case len(args) > 1:
		return s.SendDirect(args[0], args[1])
	case s.Client.Terminal:
		return setRecipient(s, args[0])
	case s.OneShot:
		return nil, reply.Refuse(reply.Usage, "to NAME TEXT")
	}
	return nil, reply.Refuse(reply.MessageFormat)
}

// SendDirect sends text in private to the person with a name. If they are offline but known by a
// key, they get it later, and the reply says so. Errors are as for [Session.Say].
func (s *Runner) SendDirect(name, text string) (room.Reply, error) {
	u := s.FindUser(name)
	if u == nil {
		return sendOffline(s, name, text)
	}
	if sent, err := deliverDirect(s, u, text); sent != nil || err != nil {
		return sent, err
	}
	return sendOffline(s, name, text)
}

// deliverDirect is SendDirect to an online user. It returns nil, nil if the user has left.
func deliverDirect(s *Runner, u *room.User, text string) (room.Reply, error) {
	e, err := newDirectMessage(s, u.Info(), text)
	if err != nil {
		return nil, err
	}
	switch err := s.Deliver(u, e); {
	case errors.Is(err, room.ErrSessionOver):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &room.MessageSent{Message: e, Note: u.Away.Load().Note(e.To.Name)}, nil
}

// newDirectMessage returns a private message, if s may speak now.
func newDirectMessage(s *Runner, to *room.UserInfo, typed string) (*room.Event, error) {
	cleaned, err := text.CheckLines(typed)
	var r *reply.Refusal
	switch {
	case errors.As(err, &r) && r.Code == reply.TextEmpty:
		return nil, reply.Refuse(reply.MessageEmpty)
	case err != nil:
		return nil, err
	}
	if err := s.MaySpeak(); err != nil {
		return nil, err
	}
	s.EndAway()
	return &room.Event{Time: time.Now(), Kind: room.DirectMessage, User: s.UserInfo(), To: to, Text: cleaned}, nil
}
