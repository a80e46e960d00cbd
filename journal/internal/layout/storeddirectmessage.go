package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"teahouse/room"
)

// A DirectMessage is a private message as it is stored.
type DirectMessage struct {
	Time    time.Time `json:"time"`
	From    string    `json:"from"`
	FromKey string    `json:"fromKey,omitempty"`
	To      string    `json:"to"`
	ToKey   string    `json:"toKey"`
	Text    string    `json:"text"`
}

// DecodeDirectMessage decodes a stored private message.
func DecodeDirectMessage(data []byte) (*DirectMessage, error) {
	var l DirectMessage
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("a stored private message cannot be read: %w", err)
	}
	if l.ToKey == "" || l.Event() == nil {
		return nil, errors.New("a stored private message cannot be read: it is to or from nobody, or of no time")
	}
	return &l, nil
}

// Event returns the private message, cleaned for display, or nil if it cannot be shown.
func (m *DirectMessage) Event() *room.Event {
	e := &room.Event{
		Time: m.Time,
		Kind: room.DirectMessage,
		User: &room.UserInfo{Name: m.From, Person: m.FromKey},
		To:   &room.UserInfo{Name: m.To, Person: m.ToKey},
		Text: m.Text,
	}
	if e.Sanitize() != nil {
		return nil
	}
	return e
}

// DirectMessageSubject returns the subject of the messages from one person that wait for
// another. Without a sender it is the subject that older versions used.
func DirectMessageSubject(to, from string) string {
	if from == "" {
		return DirectMessagePrefix + EncodeToken(to)
	}
	return DirectMessagePrefix + EncodeToken(to) + "." + EncodeToken(from)
}

// DirectMessageSubjects returns the subjects of all messages that wait for a person.
func DirectMessageSubjects(to string) []string {
	return []string{DirectMessageSubject(to, ""), DirectMessageSubject(to, "") + ".*"}
}

// CheckDirectMessageSubject returns an error for a subject that no private message has.
func CheckDirectMessageSubject(subject string) error {
	dot := strings.LastIndexByte(subject, '.')
	if dot < len(DirectMessagePrefix) {
		_, err := DecodeToken(subject, DirectMessagePrefix)
		return err
	}
	_, to := DecodeToken(subject[:dot], DirectMessagePrefix)
	_, from := DecodeToken(subject[dot:], ".")
	return errors.Join(to, from)
}
