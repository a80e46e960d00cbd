package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"teahouse/internal/ids"
	"teahouse/room"
)

// A PrivateMessage is a private message as it is stored.
type PrivateMessage struct {
	Time    time.Time   `json:"time"`
	From    string      `json:"from"`
	FromKey ids.Account `json:"fromKey,omitempty"`
	To      string      `json:"to"`
	ToKey   ids.Account `json:"toKey"`
	Text    string      `json:"text"`
}

// DecodePrivateMessage decodes a stored private message.
func DecodePrivateMessage(data []byte) (*PrivateMessage, error) {
	var l PrivateMessage
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("a stored private message cannot be read: %w", err)
	}
	if l.ToKey == "" || l.Event() == nil {
		return nil, errors.New("a stored private message cannot be read: it is to or from nobody, or of no time")
	}
	return &l, nil
}

// Event returns the private message, cleaned for display, or nil if it cannot be shown.
func (m *PrivateMessage) Event() *room.Event {
	e := &room.Event{
		Time: m.Time,
		Kind: room.PrivateMessage,
		User: &room.UserInfo{Name: m.From, Person: m.FromKey},
		To:   &room.UserInfo{Name: m.To, Person: m.ToKey},
		Text: m.Text,
	}
	if e.Sanitize() != nil {
		return nil
	}
	return e
}

// PrivateMessageSubject returns the subject of the messages from one person that wait for
// another. Without a sender it is the subject that older versions used.
func PrivateMessageSubject(to, from ids.Account) string {
	if from == "" {
		return PrivateMessagePrefix + EncodeToken(string(to))
	}
	return PrivateMessagePrefix + EncodeToken(string(to)) + "." + EncodeToken(string(from))
}

// PrivateMessageSubjects returns the subjects of all messages that wait for a person.
func PrivateMessageSubjects(to ids.Account) []string {
	return []string{PrivateMessageSubject(to, ""), PrivateMessageSubject(to, "") + ".*"}
}

// CheckPrivateMessageSubject returns an error for a subject that no private message has.
func CheckPrivateMessageSubject(subject string) error {
	dot := strings.LastIndexByte(subject, '.')
	if dot < len(PrivateMessagePrefix) {
		_, err := DecodeToken(subject, PrivateMessagePrefix)
		return err
	}
	_, to := DecodeToken(subject[:dot], PrivateMessagePrefix)
	_, from := DecodeToken(subject[dot:], ".")
	return errors.Join(to, from)
}
