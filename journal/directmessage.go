package journal

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// directMessageTimeout is how long it may take to keep or find a private message.
const directMessageTimeout = 2 * time.Second

// anonymousSender is the sender of what was written without a key: such people cannot be told
// apart, and count as one.
const anonymousSender = "-"

// SaveOffline keeps a private message until the one it is for comes, within limits. The engine
// counts what waits, by sender and recipient, so nothing has to be read for it, and what
// it counts is what it stored, at whichever node and before whichever restart. Two nodes
// that post at the same moment may both take the last place.
func (j *Journal) SaveOffline(e *room.Event, limits room.OfflineLimits) error {
	if e.To == nil || e.To.Person == "" {
		return errors.New("journal: a private message to nobody")
	}
	var data bytes.Buffer
	layout.EncodeJSONLine(&data, layout.DirectMessage{Time: e.Time.UTC(), From: e.User.Name, FromKey: e.User.Person, To: e.To.Name, ToKey: e.To.Person, Text: e.Text})
	ctx, cancel := context.WithTimeout(j.workCtx, directMessageTimeout)
	defer cancel()
	began := time.Now()
	err := j.post(ctx, layout.DirectMessageSubject(e.To.Person, cmp.Or(e.User.Person, anonymousSender)), layout.DirectMessageSubjects(e.To.Person)[1], data.Bytes(), limits)
	switch {
	case errors.Is(err, room.ErrRecipientFull), errors.Is(err, room.ErrSenderFull), errors.Is(err, room.ErrNoSpace):
		return err
	case err != nil:
		unsure := errors.Is(err, room.ErrUnconfirmed)
		err = j.store.Explain(err)
		j.reviveEmbedded(began) // each stream can fail alone: the writer need not notice
		if unsure {
			err = errors.Join(room.ErrUnconfirmed, err)
		}
		return fmt.Errorf("journal: cannot keep a private message: %w", err)
	}
	return nil
}

// post stores a private message under a subject, which is one of those of a box, one
// after the other: what was counted holds until it is stored.
func (j *Journal) post(ctx context.Context, subject, box string, data []byte, limits room.OfflineLimits) error {
	select {
	case j.postSlot <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-j.postSlot }()
	stream, err := j.store.JS.Stream(ctx, layout.DirectMessageStream)
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
	case info.State.Subjects[subject] >= uint64(limits.PerSender):
		return room.ErrSenderFull
	case waiting >= limits.PerRecipient:
		return room.ErrRecipientFull
	case float64(info.State.Bytes) >= limits.SpaceShare*layout.MaxDirectMessageBytes:
		return room.ErrNoSpace
	}
	_, err = j.store.Publish(ctx, subject, "", data)
	switch {
	case hitLimit(err, "maximum messages per subject"):
		return room.ErrSenderFull
	case hitLimit(err, "maximum bytes"):
		return room.ErrNoSpace
	case err != nil && !isSurelyNotStored(err):
		return errors.Join(room.ErrUnconfirmed, err)
	}
	return err
}

// reviveEmbedded starts a server in this process anew, after a write has failed
// that began at some moment and is not the writer's.
func (j *Journal) reviveEmbedded(began time.Time) {
	if !j.store.IsEmbedded() {
		return
	}
	if err := j.store.Revive(j.workCtx, began); err != nil {
		j.log.Debug("journal: the store does not start", "err", err)
	}
}

// isSurelyNotStored reports whether the engine is sure to have stored nothing of what could not be
// published: it has said so, or never got it. Otherwise its answer may have got lost.
func isSurelyNotStored(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) || slices.ContainsFunc([]error{
		jetstream.ErrNoStreamResponse, nats.ErrNoResponders, nats.ErrReconnectBufExceeded, nats.ErrMaxPayload,
	}, func(sure error) bool { return errors.Is(err, sure) })
}

// hitLimit reports whether the engine took no message because of a limit of the stream.
func hitLimit(err error, limit string) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && strings.Contains(api.Description, limit)
}

// OfflineMessages returns the private messages that wait for a key, the oldest first.
// Their Seq is for Delivered.
func (j *Journal) OfflineMessages(key string) (letters []*room.Event, err error) {
	ctx, cancel := context.WithTimeout(j.workCtx, directMessageTimeout)
	defer cancel()
	for _, subject := range layout.DirectMessageSubjects(key) {
		err = errors.Join(err, j.store.ReadAfter(ctx, layout.DirectMessageStream, subject, 0, func(m layout.Message) error {
			l, err := layout.DecodeDirectMessage(m.Data)
			if err != nil {
				j.log.Warn("journal: a private message that waits cannot be read", "err", err)
				return nil
			}
			if j.eraser.isHidden(l.FromKey, l.Time) {
				return nil
			}
			e := l.Event()
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

// MarkDelivered removes the private messages for a key, up to one that Letters
// returned.
func (j *Journal) MarkDelivered(key string, last *room.Event) error {
	ctx, cancel := context.WithTimeout(j.workCtx, directMessageTimeout)
	defer cancel()
	for _, subject := range layout.DirectMessageSubjects(key) {
		if err := j.store.PurgeSubject(ctx, layout.DirectMessageStream, subject, last.Seq+1); err != nil {
			return fmt.Errorf("journal: cannot remove private messages that were read: %w", err)
		}
	}
	return nil
}
