package journal

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// pageMessages is how many messages are asked for at once: fewer, even of the
	// largest, than the server puts up with in a connection.
	pageMessages = 250

	// idleTime is for how long a reader may stop in between.
	idleTime = 5 * time.Minute
)

// errDamaged is what scan returns where messages are missing that the engine
// says it has.
var errDamaged = errors.New("the store is damaged: some of it cannot be read; move it away, and unpack a backup if there is one")

// scan calls f with all messages of a stream, the oldest first, those included
// that are stored while it goes on. It leaves nothing behind in the engine.
func (e *engine) scan(ctx context.Context, stream string, f func(message) error) error {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	began, known := s.CachedInfo().State, uint64(0)
	count := func(m message) error {
		if m.Seq <= began.LastSeq {
			known++
		}
		return f(m)
	}
	var consumer jetstream.Consumer
	err = e.patiently(ctx, func(ctx context.Context) (err error) {
		consumer, err = e.js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{
			AckPolicy:         jetstream.AckNonePolicy,
			MemoryStorage:     true,
			InactiveThreshold: idleTime,
		})
		return err
	})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = e.js.DeleteConsumer(ctx, stream, consumer.CachedInfo().Name)
	}()
	for left := consumer.CachedInfo().NumPending; left > 0; {
		read, more, err := page(consumer, count)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case read == 0:
			return checkWhole(ctx, s, began, known)
		}
		left = more
	}
	return nil
}

// checkWhole returns errDamaged where a stream has more messages of those that it
// had when a scan began than the scan has read. It tells that from messages which
// were announced to the scan, and removed before it came to them.
func checkWhole(ctx context.Context, s jetstream.Stream, began jetstream.StreamState, read uint64) error {
	now, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if fresh := now.State.LastSeq - began.LastSeq; now.State.Msgs > read+fresh {
		return errDamaged
	}
	return nil
}

// page calls f with the next few messages. It returns how many they were, and
// how many there are after them.
func page(consumer jetstream.Consumer, f func(message) error) (read int, more uint64, err error) {
	fetched, err := consumer.FetchNoWait(pageMessages)
	if err != nil {
		return 0, 0, err
	}
	for m := range fetched.Messages() {
		about, err := m.Metadata()
		if err != nil {
			return read, 0, err
		}
		read, more = read+1, about.NumPending
		err = f(message{
			Seq:     about.Sequence.Stream,
			Subject: m.Subject(),
			ID:      m.Headers().Get(jetstream.MsgIDHeader),
			Time:    about.Timestamp,
			Data:    m.Data(),
		})
		if err != nil {
			return read, 0, err
		}
	}
	return read, more, fetched.Error()
}

// look calls f with the messages of one subject, the oldest first. It is for a
// few of many.
func (e *engine) look(ctx context.Context, stream, subject string, f func(message) error) error {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	for next := uint64(1); ; {
		m, err := s.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil
		case err != nil:
			return err
		}
		if err := f(message{Seq: m.Sequence, Subject: m.Subject, Time: m.Time, Data: m.Data}); err != nil {
			return err
		}
		next = m.Sequence + 1
	}
}

// tail calls f with the messages of a stream after one, the oldest first, until it
// has read the last. It asks for each alone, and so leaves nothing behind in a
// cluster which the death of a server could hang. A question may get lost, so each has
// a time of its own.
func (e *engine) tail(ctx context.Context, stream string, after uint64, f func(message) error) error {
	var s jetstream.Stream
	err := within(ctx, func(ctx context.Context) (err error) {
		s, err = e.js.Stream(ctx, stream)
		return err
	})
	if err != nil {
		return err
	}
	for next := after + 1; ; {
		var m *jetstream.RawStreamMsg
		err := within(ctx, func(ctx context.Context) (err error) {
			m, err = s.GetMsg(ctx, next, jetstream.WithGetMsgSubject(">"))
			return err
		})
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil
		case err != nil:
			return err
		}
		if err := f(message{Seq: m.Sequence, Subject: m.Subject, Time: m.Time, Data: m.Data}); err != nil {
			return err
		}
		next = m.Sequence + 1
	}
}

// last returns the data of the latest message of a subject, and its sequence number;
// nil where there is none.
func (e *engine) last(ctx context.Context, stream, subject string) ([]byte, uint64, error) {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return nil, 0, err
	}
	m, err := s.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, 0, nil
	case err != nil:
		return nil, 0, err
	}
	return m.Data, m.Sequence, nil
}
