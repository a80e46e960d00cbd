package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/room"
)

// letterTime is how long it may take to keep or find a private message.
const letterTime = 2 * time.Second

// A letter is a private message as it is stored.
type letter struct {
	Time    time.Time `json:"time"`
	From    string    `json:"from"`
	FromKey string    `json:"fromKey,omitempty"`
	To      string    `json:"to"`
	ToKey   string    `json:"toKey"`
	Text    string    `json:"text"`
}

func decodeLetter(data []byte) (*letter, error) {
	var l letter
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("a stored private message cannot be read: %w", err)
	}
	if l.Time.IsZero() || l.ToKey == "" {
		return nil, errors.New("a stored private message cannot be read: it is to nobody, or of no time")
	}
	return &l, nil
}

func (l *letter) event() *room.Event {
	return &room.Event{
		Time: l.Time,
		Kind: room.Told,
		Who:  &room.Who{Name: room.Clean(l.From), Key: l.FromKey},
		To:   &room.Who{Name: room.Clean(l.To), Key: l.ToKey},
		Text: room.CleanLines(l.Text),
	}
}

// Post keeps a private message until the one it is for comes.
func (j *Journal) Post(e *room.Event) error {
	if e.To == nil || e.To.Key == "" {
		return errors.New("journal: a private message to nobody")
	}
	var data bytes.Buffer
	encodeLine(&data, letter{Time: e.Time.UTC(), From: e.Who.Name, FromKey: e.Who.Key, To: e.To.Name, ToKey: e.To.Key, Text: e.Text})
	ctx, cancel := context.WithTimeout(j.working, letterTime)
	defer cancel()
	began := time.Now()
	_, err := j.engine.publish(ctx, letterSubject(e.To.Key), "", data.Bytes())
	switch {
	case isFull(err):
		return room.ErrFull
	case err != nil:
		err = j.engine.explain(err)
		j.reviveInside(began) // each stream can fail alone: the writer need not notice
		return fmt.Errorf("journal: cannot keep a private message: %w", err)
	}
	return nil
}

// reviveInside starts a server in this process anew, after a write has failed
// that began at some moment and is not the writer's.
func (j *Journal) reviveInside(began time.Time) {
	if !j.engine.inside() {
		return
	}
	if err := j.engine.revive(j.working, began); err != nil {
		j.log.Debug("journal: the store does not start", "err", err)
	}
}

// isFull reports whether the engine took no message because there are as many
// as may be for the subject.
func isFull(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && strings.Contains(api.Description, "maximum messages per subject")
}

// Letters returns the private messages that wait for a key, the oldest first.
// Their Seq is for Delivered.
func (j *Journal) Letters(key string) (letters []*room.Event, err error) {
	ctx, cancel := context.WithTimeout(j.working, letterTime)
	defer cancel()
	err = j.engine.tail(ctx, letterStream, letterSubject(key), 0, func(m message) error {
		l, err := decodeLetter(m.Data)
		if err != nil {
			j.log.Warn("journal: a private message that waits cannot be read", "err", err)
			return nil
		}
		if j.eraser.hides(l.FromKey, l.Time) {
			return nil
		}
		e := l.event()
		e.Seq = m.Seq
		letters = append(letters, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("journal: cannot read private messages: %w", err)
	}
	return letters, nil
}

// Delivered removes the private messages for a key, up to one that Letters
// returned.
func (j *Journal) Delivered(key string, last *room.Event) error {
	ctx, cancel := context.WithTimeout(j.working, letterTime)
	defer cancel()
	if err := j.engine.clear(ctx, letterStream, letterSubject(key), last.Seq+1); err != nil {
		return fmt.Errorf("journal: cannot remove private messages that were read: %w", err)
	}
	return nil
}
