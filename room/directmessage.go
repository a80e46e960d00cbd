package room

import (
	"errors"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// SendDirect says text to one person, named name, alone. It returns the event, for
// the speaker to see too. Who is away but known by a key gets it later; then the
// event has a phrase that says so. Errors are as with [Session.Say].
func (s *Session) SendDirect(name, text string) (Reply, error) {
	u := s.findUser(name)
	if u == nil {
		return s.sendOffline(name, text)
	}
	if e, err := s.deliverDirect(u, text); e != nil || err != nil {
		return e, err
	}
	return s.sendOffline(name, text)
}

// deliverDirect is Tell for somebody who is here. It returns nothing where that one has left.
func (s *Session) deliverDirect(u *user, text string) (*Event, error) {
	e, err := s.newDirectMessage(u.info.Load(), text)
	if err != nil {
		return nil, err
	}
	u.awayState.Load().annotate(e)
	for to := s.hub.recipientOf(u); to != nil; to = s.hub.recipientOf(u) {
		switch {
		case to.client.NoDirect:
			return nil, reply.Refuse(reply.CannotReadMessages, s.displayName(e.To))
		case to.ignores(e):
			return nil, reply.Refuse(reply.Ignored, s.displayName(e.To))
		case to.peer != nil:
			switch err := to.peer.remote.Deliver(to.id, e); {
			case errors.Is(err, ErrUnreachable):
				return e, reply.Refuse(reply.PeerUnreachable, s.displayName(e.To))
			case !errors.Is(err, ErrSessionOver):
				return e, s.localizeRefusal(err, e.To)
			}
			if s.hub.recipientOf(u) == to { // this house does not know yet
				return nil, nil
			}
			continue
		case to == s: // it reads the event as its answer
			return e, nil
		case to.post(e):
			u.lastSender.Store(e.User)
			return e, nil
		case !to.mailbox.isClosed():
			return nil, reply.Refuse(reply.MailboxFull, s.displayName(e.To))
		}
		// It has left; another session may have taken its place.
	}
	return nil, nil
}

// localizeRefusal is a refusal of another house, which calls somebody by the name that it
// has, as s knows that one.
func (s *Session) localizeRefusal(err error, to *UserInfo) error {
	var r *reply.Refusal
	if errors.As(err, &r) && len(r.Args) == 1 && r.Args[0] == to.Name {
		return reply.Refuse(r.Code, s.displayName(to))
	}
	return err
}

// recipientOf returns the session of u that reads private messages, or nil where u
// has left.
func (h *Hub) recipientOf(u *user) *Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(u.sessions) == 0 {
		return nil
	}
	return u.recipient()
}

// newDirectMessage makes a private message, if s may say anything now.
func (s *Session) newDirectMessage(to *UserInfo, typed string) (*Event, error) {
	cleaned, err := text.CheckLines(typed)
	var r *reply.Refusal
	switch {
	case errors.As(err, &r) && r.Code == reply.TextEmpty:
		return nil, reply.Refuse(reply.MessageEmpty)
	case err != nil:
		return nil, err
	}
	if err := s.maySpeak(); err != nil {
		return nil, err
	}
	s.endAway()
	return &Event{Time: time.Now(), Kind: DirectMessage, User: s.User(), To: to, Text: cleaned}, nil
}
