package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"teahouse/room"
)

// A directMessage is a private message as it is stored.
type directMessage struct {
	Time    time.Time `json:"time"`
	From    string    `json:"from"`
	FromKey string    `json:"fromKey,omitempty"`
	To      string    `json:"to"`
	ToKey   string    `json:"toKey"`
	Text    string    `json:"text"`
}

func decodeDirectMessage(data []byte) (*directMessage, error) {
	var l directMessage
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("a stored private message cannot be read: %w", err)
	}
	if l.ToKey == "" || l.event() == nil {
		return nil, errors.New("a stored private message cannot be read: it is to or from nobody, or of no time")
	}
	return &l, nil
}

// event returns a letter fit to be shown, or nil where it cannot be.
func (m *directMessage) event() *room.Event {
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

// directMessageSubject is where what one person wrote to another waits. Without a sender it is what
// older versions stored.
func directMessageSubject(to, from string) string {
	if from == "" {
		return directMessagePrefix + encodeToken(to)
	}
	return directMessagePrefix + encodeToken(to) + "." + encodeToken(from)
}

// directMessageSubjects is where all that waits for somebody is.
func directMessageSubjects(to string) []string {
	return []string{directMessageSubject(to, ""), directMessageSubject(to, "") + ".*"}
}

// checkDirectMessageSubject returns an error for a subject under which no private message is.
func checkDirectMessageSubject(subject string) error {
	dot := strings.LastIndexByte(subject, '.')
	if dot < len(directMessagePrefix) {
		_, err := decodeToken(subject, directMessagePrefix)
		return err
	}
	_, to := decodeToken(subject[:dot], directMessagePrefix)
	_, from := decodeToken(subject[dot:], ".")
	return errors.Join(to, from)
}
