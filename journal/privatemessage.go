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

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// privateMessageTimeout limits each request that stores or reads private messages.
const privateMessageTimeout = 2 * time.Second

// anonymousSender stands for all senders without a key: they cannot be told apart, and share one
// limit.
const anonymousSender = "-"

// privateMessages stores private messages for people who are away.
type privateMessages struct {
	*env
	eraser     *eraser
	postSlot   chan struct{} // capacity 1: one message is stored at a time
	recipients recipients
}

// save stores a private message until its recipient comes back, within limits. The engine
// enforces the limits by counting stored messages by sender and recipient, so nothing has to be
// read, and messages count whichever node stored them, also across restarts. Two nodes that post
// at the same moment may both take the last place.
func (pm *privateMessages) save(ctx context.Context, e *room.Event, limits room.OfflineLimits) error {
	if e.To == nil || e.To.Person == "" {
		return errors.New("journal: a private message to nobody")
	}
	var data bytes.Buffer
	layout.EncodeJSONLine(&data, layout.PrivateMessage{Time: e.Time.UTC(), From: e.User.Name, FromKey: e.User.Person, To: e.To.Name, ToKey: e.To.Person, Text: e.Text})
	limited, cancel := pm.limit(ctx, privateMessageTimeout)
	defer cancel()
	began := time.Now()
	pm.recipients.add(e.To.Person)
	err := pm.post(limited, layout.PrivateMessageSubject(e.To.Person, cmp.Or(e.User.Person, anonymousSender)), layout.PrivateMessageSubjects(e.To.Person)[1], data.Bytes(), limits)
	switch {
	case errors.Is(err, room.ErrRecipientFull), errors.Is(err, room.ErrSenderFull), errors.Is(err, room.ErrNoSpace):
		return err
	case err != nil:
		unsure := errors.Is(err, room.ErrUnconfirmed)
		err = pm.store.Explain(err)
		if ctx.Err() == nil {
			pm.reviveEmbedded(began) // each stream can fail alone, so the writer may not have noticed
		}
		if unsure {
			err = errors.Join(room.ErrUnconfirmed, err)
		}
		return fmt.Errorf("journal: cannot store a private message: %w", err)
	}
	return nil
}

// post stores a private message under a subject of a box. It stores one at a time, so that the
// count still holds when the message is stored.
func (pm *privateMessages) post(ctx context.Context, subject, box string, data []byte, limits room.OfflineLimits) error {
	select {
	case pm.postSlot <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-pm.postSlot }()
	stream, err := pm.store.JS.Stream(ctx, layout.PrivateMessageStream)
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
	case float64(info.State.Bytes) >= limits.SpaceShare*layout.MaxPrivateMessageBytes:
		return room.ErrNoSpace
	}
	_, err = pm.store.Publish(ctx, subject, "", data)
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

// isSurelyNotStored reports whether a failed publish certainly stored nothing: the engine said
// so, or never got the message. After any other error the acknowledgement may have been lost.
func isSurelyNotStored(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) || slices.ContainsFunc([]error{
		jetstream.ErrNoStreamResponse, nats.ErrNoResponders, nats.ErrReconnectBufExceeded, nats.ErrMaxPayload,
	}, func(sure error) bool { return errors.Is(err, sure) })
}

// hitLimit reports whether the engine rejected a message because of the given stream limit.
func hitLimit(err error, limit string) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && strings.Contains(api.Description, limit)
}

// waiting returns the private messages that wait for a key, oldest first. Pass the last one to
// markDelivered.
func (pm *privateMessages) waiting(ctx context.Context, key ids.Account) (messages []*room.Event, err error) {
	if !pm.recipients.mayHave(key) {
		return nil, nil
	}
	ctx, cancel := pm.limit(ctx, privateMessageTimeout)
	defer cancel()
	for _, subject := range layout.PrivateMessageSubjects(key) {
		err = errors.Join(err, pm.store.ReadAfter(ctx, layout.PrivateMessageStream, subject, 0, func(m layout.Message) error {
			l, err := layout.DecodePrivateMessage(m.Data)
			if err != nil {
				pm.log.Warn("journal: a private message that waits cannot be read", "err", err)
				return nil
			}
			if pm.eraser.isHidden(l.FromKey, l.Time) {
				return nil
			}
			e := l.Event()
			e.Seq = m.Seq
			messages = append(messages, e)
			return nil
		}))
	}
	if err != nil {
		return nil, fmt.Errorf("journal: cannot read private messages: %w", err)
	}
	slices.SortFunc(messages, func(a, b *room.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return messages, nil
}

// markDelivered removes the private messages for a key up to and including last, which waiting
// returned.
func (pm *privateMessages) markDelivered(ctx context.Context, key ids.Account, last *room.Event) error {
	ctx, cancel := pm.limit(ctx, privateMessageTimeout)
	defer cancel()
	for _, subject := range layout.PrivateMessageSubjects(key) {
		if err := pm.store.PurgeSubject(ctx, layout.PrivateMessageStream, subject, last.Seq+1); err != nil {
			return fmt.Errorf("journal: cannot remove private messages that were read: %w", err)
		}
	}
	return nil
}

// SaveOffline stores a private message until its recipient comes back, within limits.
func (j *Journal) SaveOffline(ctx context.Context, e *room.Event, limits room.OfflineLimits) error {
	return j.privateMessages.save(ctx, e, limits)
}

// OfflineMessages returns the private messages that wait for a key, oldest first. Pass the last
// one to MarkDelivered.
func (j *Journal) OfflineMessages(ctx context.Context, key ids.Account) ([]*room.Event, error) {
	return j.privateMessages.waiting(ctx, key)
}

// MarkDelivered removes the private messages for a key up to and including last, which
// OfflineMessages returned.
func (j *Journal) MarkDelivered(ctx context.Context, key ids.Account, last *room.Event) error {
	return j.privateMessages.markDelivered(ctx, key, last)
}
