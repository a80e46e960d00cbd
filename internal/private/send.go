package private

import (
	"errors"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// Send sends text from s to the person with a name. If they are offline but known by a key, they
// get it later, and the reply says so. The error is a [*reply.Refusal] or the [room.Reason] why s
// has left. It may wait for another node or the store. Only the reader goroutine of s may call it.
func Send(s *room.Session, name, text string) (room.Reply, error) {
	u := room.FindUser(s, name)
	if u == nil {
		return sendToAbsent(s, name, text)
	}
	if sent, err := SendTo(s, u, text); sent != nil || err != nil {
		return sent, err
	}
	return sendToAbsent(s, name, text)
}

// SendTo is Send to an online user. It returns nil, nil if the user has left.
func SendTo(s *room.Session, u *room.User, text string) (room.Reply, error) {
	e, err := newMessage(s, u.Info(), text)
	if err != nil {
		return nil, err
	}
	switch err := deliver(s, u, e); {
	case errors.Is(err, room.ErrSessionOver):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &room.MessageSent{Message: e, Note: u.Away.Load().Note(e.To.Name)}, nil
}

// newMessage returns a private message, if s may speak now.
func newMessage(s *room.Session, to *room.UserInfo, typed string) (*room.Event, error) {
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

// sendToAbsent is Send to somebody who is offline.
func sendToAbsent(s *room.Session, name, text string) (room.Reply, error) {
	var person room.Account
	known := false
	if key := names.Key(name); key != "" && s.Hub().Config().Messages != nil {
		person, known = s.Hub().Config().Messages.AccountByName(key)
	}
	if !known {
		return nil, unknownRefusal(s.Hub(), name)
	}
	person.Name = names.Repaired(person.Name)
	return SendOffline(s, person, text)
}

// unknownRefusal returns why no message can wait for a name that the message store does not know.
// It may belong to a bot that never said anything.
func unknownRefusal(h *room.Hub, name string) error {
	st := h.Lock()
	person, spelled := st.People.LookUp(name)
	st.Unlock()
	if h.IsFollowOnlyBot(person) {
		return reply.Refuse(reply.BotReadsNoMessages, spelled)
	}
	return reply.Refuse(reply.NoSuchUser, text.Clean(name))
}
