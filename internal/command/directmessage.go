package command

import (
	"errors"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// SendDirect sends text in private to the person with a name. If they are offline but known by a
// key, they get it later, and the reply says so. Errors are as for [room.Session.Say].
func (s *Runner) SendDirect(name, text string) (room.Reply, error) {
	u := s.FindUser(name)
	if u == nil {
		return sendOffline(s, name, text)
	}
	if sent, err := s.DeliverDirect(u, text); sent != nil || err != nil {
		return sent, err
	}
	return sendOffline(s, name, text)
}

// DeliverDirect is SendDirect to an online user. It returns nil, nil if the user has left.
func (s *Runner) DeliverDirect(u *room.User, text string) (room.Reply, error) {
	e, err := newPrivateMessage(s, u.Info(), text)
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

// newPrivateMessage returns a private message, if s may speak now.
func newPrivateMessage(s *Runner, to *room.UserInfo, typed string) (*room.Event, error) {
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
	return &room.Event{Time: time.Now(), Kind: room.PrivateMessage, User: s.UserInfo(), To: to, Text: cleaned}, nil
}

// sendOffline stores a private message for somebody who is offline.
func sendOffline(s *Runner, name, text string) (room.Reply, error) {
	var person room.Account
	known := false
	if key := names.Key(name); key != "" && s.Hub().Messages != nil {
		person, known = s.Hub().Messages.AccountByName(key)
	}
	if !known {
		return nil, offlineRefusal(s.Hub(), name)
	}
	person.Name = names.Repaired(person.Name)
	return s.SendOffline(person, text)
}

// SendOffline stores a private message for somebody who is offline, and says so.
func (s *Runner) SendOffline(person room.Account, text string) (room.Reply, error) {
	switch {
	case s.Hub().IsFollowOnlyBot(person.ID):
		return nil, reply.Refuse(reply.BotReadsNoMessages, person.Name)
	case s.Hub().IsIgnoring(person.ID, s.UserInfo()):
		return nil, reply.Refuse(reply.Ignored, person.Name)
	}
	e, err := newPrivateMessage(s, &room.UserInfo{Name: person.Name, Person: person.ID}, text)
	if err != nil {
		return nil, err
	}
	limits, err := s.OfflineLimits(e)
	if err != nil {
		return nil, err
	}
	switch err := s.Hub().Messages.SaveOffline(e, limits); {
	case errors.Is(err, room.ErrSenderFull) && s.Person == "":
		return nil, reply.Refuse(reply.TooManyGuestMessages, person.Name, limits.PerSender)
	case errors.Is(err, room.ErrSenderFull):
		return nil, reply.Refuse(reply.TooManyFromYou, person.Name, limits.PerSender)
	case errors.Is(err, room.ErrRecipientFull):
		return nil, reply.Refuse(reply.RecipientBoxFull, person.Name)
	case errors.Is(err, room.ErrNoSpace):
		return nil, reply.Refuse(reply.NoSpaceForMessages, person.Name)
	case errors.Is(err, room.ErrUnconfirmed):
		return nil, reply.Refuse(reply.MessageMaybeSaved, person.Name)
	case err != nil:
		return nil, reply.Refuse(reply.CannotSaveMessage, person.Name)
	}
	return &room.MessageSent{Message: e, Note: reply.Say(reply.MessageSaved, person.Name)}, nil
}

// offlineRefusal returns why no message can wait for a name that the message store does not know.
// It may belong to a bot that never said anything.
func offlineRefusal(h *room.Hub, name string) error {
	st := h.Lock()
	person, spelled := st.People.LookUp(name)
	st.Unlock()
	if h.IsFollowOnlyBot(person) {
		return reply.Refuse(reply.BotReadsNoMessages, spelled)
	}
	return reply.Refuse(reply.NoSuchUser, text.Clean(name))
}
