package command

import (
	"errors"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// sendOffline stores a private message for somebody who is offline.
func sendOffline(s *Runner, name, text string) (room.Reply, error) {
	var person room.Account
	known := false
	if key := names.Key(name); key != "" && s.hub.Messages != nil {
		person, known = s.hub.Messages.AccountByName(key)
	}
	if !known {
		return nil, offlineRefusal(s.hub, name)
	}
	person.Name = names.Repaired(person.Name)
	return sendOfflineTo(s, person, text)
}

// sendOfflineTo is sendOffline for an account.
func sendOfflineTo(s *Runner, person room.Account, text string) (room.Reply, error) {
	switch {
	case s.hub.IsFollowOnlyBot(person.ID):
		return nil, reply.Refuse(reply.BotReadsNoMessages, person.Name)
	case s.hub.IsIgnoring(person.ID, s.UserInfo()):
		return nil, reply.Refuse(reply.Ignored, person.Name)
	}
	e, err := newDirectMessage(s, &room.UserInfo{Name: person.Name, Person: person.ID}, text)
	if err != nil {
		return nil, err
	}
	limits, err := s.OfflineLimits(e)
	if err != nil {
		return nil, err
	}
	switch err := s.hub.Messages.SaveOffline(e, limits); {
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
