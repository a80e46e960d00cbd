package store

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
)

// AllSubjects stands for every subject of a stream.
const AllSubjects = ">"

// ReadAfter calls f with the messages of a subject after one, the oldest first, until it has
// read the last. It is for a few of many: it asks for each alone, and so leaves nothing
// behind in a cluster which the death of a server could hang. A question may get lost, so
// each has a time of its own.
func (st *Store) ReadAfter(ctx context.Context, stream, subject string, after uint64, f func(layout.Message) error) error {
	var s jetstream.Stream
	err := st.withTimeout(ctx, minTryTimeout, func(ctx context.Context) (err error) {
		s, err = st.JS.Stream(ctx, stream)
		return err
	})
	if err != nil {
		return err
	}
	for next := after + 1; ; {
		var m *jetstream.RawStreamMsg
		err := st.withTimeout(ctx, minTryTimeout, func(ctx context.Context) (err error) {
			m, err = s.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject))
			return err
		})
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil
		case err != nil:
			return err
		}
		if err := f(layout.Message{Seq: m.Sequence, Subject: m.Subject, Time: m.Time, Data: m.Data}); err != nil {
			return err
		}
		next = m.Sequence + 1
	}
}

// LastMessage returns the data of the latest message of a subject, and its sequence number;
// nil where there is none.
func (st *Store) LastMessage(ctx context.Context, stream, subject string) ([]byte, uint64, error) {
	s, err := st.JS.Stream(ctx, stream)
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
