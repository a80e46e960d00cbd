package store

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Publish stores a message, waits for the acknowledgement, and returns the message's sequence
// number in the stream.
func (e *engine) Publish(ctx context.Context, subject, id string, data []byte) (uint64, error) {
	var options []jetstream.PublishOpt
	if id != "" {
		options = append(options, jetstream.WithMsgID(id))
	}
	options = append(options, jetstream.WithRetryAttempts(0))
	ack, err := e.JS.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data}, options...)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// A publishResult is the result for one message.
type publishResult struct {
	Seq uint64 // in its stream
	Err error
}

// PublishAll stores messages in the given order, and waits until the engine has acknowledged or
// rejected each.
func (e *engine) PublishAll(ctx context.Context, messages []*nats.Msg) []publishResult {
	all := make([]publishResult, len(messages))
	acks := make([]jetstream.PubAckFuture, len(messages))
	for i, m := range messages {
		acks[i], all[i].Err = e.JS.PublishMsgAsync(m, jetstream.WithRetryAttempts(0))
	}
	for i, ack := range acks {
		if all[i].Err != nil {
			continue
		}
		select {
		case stored := <-ack.Ok():
			all[i].Seq = stored.Sequence
		case all[i].Err = <-ack.Err():
		case <-ctx.Done():
			all[i].Err = ctx.Err()
		}
	}
	return all
}

// OverwriteMessage overwrites a message. It is not an error if the message is already gone.
func (e *engine) OverwriteMessage(ctx context.Context, stream string, seq uint64) error {
	s, err := e.JS.Stream(ctx, stream)
	if err != nil {
		return err
	}
	return ignoreMissing(ctx, s, seq, s.SecureDeleteMsg(ctx, seq))
}

// DeleteMessages deletes messages. It is not an error if they are already gone.
func (e *engine) DeleteMessages(ctx context.Context, stream string, seqs []uint64) error {
	s, err := e.JS.Stream(ctx, stream)
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		if err := ignoreMissing(ctx, s, seq, s.DeleteMsg(ctx, seq)); err != nil {
			return err
		}
	}
	return nil
}

// ignoreMissing returns the error of deleting a message, or nil if there is no such message: the
// engine itself drops the oldest.
func ignoreMissing(ctx context.Context, s jetstream.Stream, seq uint64, err error) error {
	if err == nil {
		return nil
	}
	if _, missing := s.GetMsg(ctx, seq); errors.Is(missing, jetstream.ErrMsgNotFound) {
		return nil
	}
	return err
}

// PurgeSubject removes the messages of a subject below the sequence number before, or all if
// before is 0.
func (e *engine) PurgeSubject(ctx context.Context, stream, subject string, before uint64) error {
	s, err := e.JS.Stream(ctx, stream)
	if err != nil {
		return err
	}
	options := []jetstream.StreamPurgeOpt{jetstream.WithPurgeSubject(subject)}
	if before > 0 {
		options = append(options, jetstream.WithPurgeSequence(before))
	}
	return s.Purge(ctx, options...)
}

// purgeBefore removes all messages of a stream below a sequence number.
func (e *engine) purgeBefore(ctx context.Context, stream string, seq uint64) error {
	s, err := e.JS.Stream(ctx, stream)
	if err != nil {
		return err
	}
	return s.Purge(ctx, jetstream.WithPurgeSequence(seq))
}
