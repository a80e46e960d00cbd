package private

import (
	"errors"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// A Message is a private message on its way: it may find its recipient gone and have to be stored.
// What its sender may say is checked, and counted, once.
type Message struct {
	from  *room.Session
	typed string
	text  string // cleaned; "" until it is checked
}

// NewMessage returns a message from s with the text that was typed. Only the reader goroutine of s
// may send it.
func NewMessage(s *room.Session, typed string) *Message { return &Message{from: s, typed: typed} }

// Send sends text from s to the person with a name. If they are offline but known by a key, they
// get it later, and the reply says so. The error is a [*reply.Refusal] or the [room.Reason] why s
// has left. It may wait for another node or the store. Only the reader goroutine of s may call it.
func Send(s *room.Session, name, text string) (room.Reply, error) {
	m := NewMessage(s, text)
	if u := room.FindUser(s, name); u != nil {
		if sent, err := m.SendTo(u); sent != nil || err != nil {
			return sent, err
		}
	}
	return m.sendToAbsent(name)
}

// SendTo is [Send] to an online user. It returns nil, nil if the user has left.
func (m *Message) SendTo(u *room.User) (room.Reply, error) {
	e, err := m.addressTo(u.Info())
	if err != nil {
		return nil, err
	}
	switch err := deliver(m.from, u, e); {
	case errors.Is(err, room.ErrSessionOver):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &room.MessageSent{Message: e, Note: u.Away.Load().Note(e.To.Name)}, nil
}

// addressTo returns the event for a recipient, if the sender may speak now.
func (m *Message) addressTo(to *room.UserInfo) (*room.Event, error) {
	if m.text == "" {
		if err := m.check(); err != nil {
			return nil, err
		}
	}
	return &room.Event{Time: time.Now(), Kind: room.PrivateMessage, User: m.from.UserInfo(), To: to, Text: m.text}, nil
}

func (m *Message) check() error {
	cleaned, err := text.CheckLines(m.typed)
	var r *reply.Refusal
	switch {
	case errors.As(err, &r) && r.Code == reply.TextEmpty:
		return reply.Refuse(reply.MessageEmpty)
	case err != nil:
		return err
	}
	if err := m.from.MaySpeak(); err != nil {
		return err
	}
	m.from.EndAway()
	m.text = cleaned
	return nil
}

// sendToAbsent is [Send] to somebody who is offline.
func (m *Message) sendToAbsent(name string) (room.Reply, error) {
	var person room.Account
	h, known := m.from.Hub(), false
	if key := names.Key(name); key != "" && h.Config().Messages != nil {
		person, known = h.Config().Messages.AccountByName(key)
	}
	if !known {
		return nil, unknownRefusal(h, name)
	}
	person.Name = names.Repaired(person.Name)
	return m.SendOffline(person)
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
