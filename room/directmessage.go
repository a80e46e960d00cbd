package room

import (
	"errors"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// A MessageSent tells the sender of a private message that it was sent, and anything worth knowing:
// that it waits, or that its reader is away.
type MessageSent struct {
	replied
	Message *Event
	Note    reply.Sentence // has no code if there is nothing to say
}

func (m *MessageSent) size() (items int, messages []*Event) { return 0, []*Event{m.Message} }

// SendDirect sends text in private to the person with a name. If they are offline but known by a
// key, they get it later, and the reply says so. Errors are as for [Session.Say].
func (s *Session) SendDirect(name, text string) (Reply, error) {
	u := s.findUser(name)
	if u == nil {
		return s.sendOffline(name, text)
	}
	if sent, err := s.deliverDirect(u, text); sent != nil || err != nil {
		return sent, err
	}
	return s.sendOffline(name, text)
}

// deliverDirect is SendDirect to an online user. It returns nil, nil if the user has left.
func (s *Session) deliverDirect(u *user, text string) (Reply, error) {
	e, err := s.newDirectMessage(u.info.Load(), text)
	if err != nil {
		return nil, err
	}
	sent := &MessageSent{Message: e, Note: u.awayState.Load().note(e.To.Name)}
	for to := s.hub.recipientOf(u); to != nil; to = s.hub.recipientOf(u) {
		switch {
		case to.client.NoDirect:
			return nil, reply.Refuse(reply.CannotReadMessages, s.displayName(e.To))
		case to.ignores(e):
			return nil, reply.Refuse(reply.Ignored, s.displayName(e.To))
		case to.peer != nil:
			switch err := to.peer.remote.Deliver(to.id, e); {
			case errors.Is(err, ErrUnreachable):
				return nil, reply.Refuse(reply.PeerUnreachable, s.displayName(e.To))
			case !errors.Is(err, ErrSessionOver):
				return sent, s.localizeRefusal(err, e.To)
			}
			if s.hub.recipientOf(u) == to { // this node does not know yet that the session is over
				return nil, nil
			}
			continue
		case to == s: // s reads the message as its answer
			return sent, nil
		case to.post(e):
			u.lastSender.Store(e.User)
			return sent, nil
		case !to.mailbox.isClosed():
			return nil, reply.Refuse(reply.MailboxFull, s.displayName(e.To))
		}
		// It has left; another session may have taken its place.
	}
	return nil, nil
}

// localizeRefusal returns a refusal from another node, which uses that node's name for the
// recipient, with the name that s knows.
func (s *Session) localizeRefusal(err error, to *UserInfo) error {
	var r *reply.Refusal
	if errors.As(err, &r) && len(r.Args) == 1 && r.Args[0] == to.Name {
		return reply.Refuse(r.Code, s.displayName(to))
	}
	return err
}

// recipientOf returns the session of u that gets private messages, or nil if u has left.
func (h *Hub) recipientOf(u *user) *Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(u.sessions) == 0 {
		return nil
	}
	return u.recipient()
}

// newDirectMessage returns a private message, if s may speak now.
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
