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

// DecodeDirectMessage reads what is stored of a private message.
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

// Event returns a letter fit to be shown, or nil where it cannot be.
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

// DirectMessageSubject is where what one person wrote to another waits. Without a sender it is what
// older versions stored.
func DirectMessageSubject(to, from string) string {
	if from == "" {
		return DirectMessagePrefix + EncodeToken(to)
	}
	return DirectMessagePrefix + EncodeToken(to) + "." + EncodeToken(from)
}

// DirectMessageSubjects is where all that waits for somebody is.
func DirectMessageSubjects(to string) []string {
	return []string{DirectMessageSubject(to, ""), DirectMessageSubject(to, "") + ".*"}
}

// CheckDirectMessageSubject returns an error for a subject under which no private message is.
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
