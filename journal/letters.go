package journal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
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
	if l.ToKey == "" || l.event() == nil {
		return nil, errors.New("a stored private message cannot be read: it is to or from nobody, or of no time")
	}
	return &l, nil
}

// event returns a letter fit to be shown, or nil where it cannot be.
func (l *letter) event() *room.Event {
	e := &room.Event{
		Time: l.Time,
		Kind: room.Told,
		Who:  &room.Who{Name: l.From, Key: l.FromKey},
		To:   &room.Who{Name: l.To, Key: l.ToKey},
		Text: l.Text,
	}
	if e.Accept() != nil {
		return nil
	}
	return e
}

// letterSubject is where what one person wrote to another waits. Without a sender it is what
// older versions stored.
func letterSubject(to, from string) string {
	if from == "" {
		return letterPrefix + encodeToken(to)
	}
	return letterPrefix + encodeToken(to) + "." + encodeToken(from)
}

// letterSubjects is where all that waits for somebody is.
func letterSubjects(to string) []string {
	return []string{letterSubject(to, ""), letterSubject(to, "") + ".*"}
}

// checkLetterSubject returns an error for a subject under which no private message is.
func checkLetterSubject(subject string) error {
	dot := strings.LastIndexByte(subject, '.')
	if dot < len(letterPrefix) {
		_, err := decodeToken(subject, letterPrefix)
		return err
	}
	_, to := decodeToken(subject[:dot], letterPrefix)
	_, from := decodeToken(subject[dot:], ".")
	return errors.Join(to, from)
}

// anonymous is the sender of what was written without a key: such people cannot be told
// apart, and count as one.
const anonymous = "-"

// Post keeps a private message until the one it is for comes, within limits. The engine
// counts what waits, by sender and recipient, so nothing has to be read for it, and what
// it counts is what it stored, at whichever node and before whichever restart. Two nodes
// that post at the same moment may both take the last place.
func (j *Journal) Post(e *room.Event, limits room.PostLimits) error {
	if e.To == nil || e.To.Key == "" {
		return errors.New("journal: a private message to nobody")
	}
	var data bytes.Buffer
	encodeLine(&data, letter{Time: e.Time.UTC(), From: e.Who.Name, FromKey: e.Who.Key, To: e.To.Name, ToKey: e.To.Key, Text: e.Text})
	ctx, cancel := context.WithTimeout(j.working, letterTime)
	defer cancel()
	began := time.Now()
	err := j.post(ctx, letterSubject(e.To.Key, cmp.Or(e.Who.Key, anonymous)), letterSubjects(e.To.Key)[1], data.Bytes(), limits)
	switch {
	case errors.Is(err, room.ErrFull), errors.Is(err, room.ErrWaiting), errors.Is(err, room.ErrNoSpace):
		return err
	case err != nil:
		unsure := errors.Is(err, room.ErrUnsure)
		err = j.engine.explain(err)
		j.reviveInside(began) // each stream can fail alone: the writer need not notice
		if unsure {
			err = errors.Join(room.ErrUnsure, err)
		}
		return fmt.Errorf("journal: cannot keep a private message: %w", err)
	}
	return nil
}

// post stores a private message under a subject, which is one of those of a box, one
// after the other: what was counted holds until it is stored.
func (j *Journal) post(ctx context.Context, subject, box string, data []byte, limits room.PostLimits) error {
	select {
	case j.posting <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-j.posting }()
	stream, err := j.engine.js.Stream(ctx, letterStream)
	if err != nil {
		return err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(box))
	if err != nil {
		return err
	}
	waiting := 0
	for _, n := range info.State.Subjects {
		waiting += int(n)
	}
	switch {
	case info.State.Subjects[subject] >= uint64(limits.Pair):
		return room.ErrWaiting
	case waiting >= limits.Box:
		return room.ErrFull
	case float64(info.State.Bytes) >= limits.Part*letterBytes:
		return room.ErrNoSpace
	}
	_, err = j.engine.publish(ctx, subject, "", data)
	switch {
	case isRefused(err, "maximum messages per subject"):
		return room.ErrWaiting
	case isRefused(err, "maximum bytes"):
		return room.ErrNoSpace
	case err != nil && !isNotStored(err):
		return errors.Join(room.ErrUnsure, err)
	}
	return err
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

// isNotStored reports whether the engine is sure to have stored nothing of what could not be
// published: it has said so, or never got it. Otherwise its answer may have got lost.
func isNotStored(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) || slices.ContainsFunc([]error{
		jetstream.ErrNoStreamResponse, nats.ErrNoResponders, nats.ErrReconnectBufExceeded, nats.ErrMaxPayload,
	}, func(sure error) bool { return errors.Is(err, sure) })
}

// isRefused reports whether the engine took no message because of a limit of the stream.
func isRefused(err error, limit string) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && strings.Contains(api.Description, limit)
}

// Letters returns the private messages that wait for a key, the oldest first.
// Their Seq is for Delivered.
func (j *Journal) Letters(key string) (letters []*room.Event, err error) {
	ctx, cancel := context.WithTimeout(j.working, letterTime)
	defer cancel()
	for _, subject := range letterSubjects(key) {
		err = errors.Join(err, j.engine.tail(ctx, letterStream, subject, 0, func(m message) error {
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
		}))
	}
	if err != nil {
		return nil, fmt.Errorf("journal: cannot read private messages: %w", err)
	}
	slices.SortFunc(letters, func(a, b *room.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return letters, nil
}

// Delivered removes the private messages for a key, up to one that Letters
// returned.
func (j *Journal) Delivered(key string, last *room.Event) error {
	ctx, cancel := context.WithTimeout(j.working, letterTime)
	defer cancel()
	for _, subject := range letterSubjects(key) {
		if err := j.engine.clear(ctx, letterStream, subject, last.Seq+1); err != nil {
			return fmt.Errorf("journal: cannot remove private messages that were read: %w", err)
		}
	}
	return nil
}
