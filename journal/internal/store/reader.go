package store

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
)

// AllSubjects matches every subject of a stream.
const AllSubjects = ">"

// ReadAfter calls f with the messages of a subject after a sequence number, oldest first, to the
// end of the stream. It is meant for a few messages among many: it requests each message
// separately, and so creates no consumer, which the death of a server in a cluster could leave
// hanging. A request may get lost, so each has its own timeout.
func (e *engine) ReadAfter(ctx context.Context, stream, subject string, after uint64, f func(layout.Message) error) error {
	var s jetstream.Stream
	err := e.withTimeout(ctx, minTryTimeout, func(ctx context.Context) (err error) {
		s, err = e.JS.Stream(ctx, stream)
		return err
	})
	if err != nil {
		return err
	}
	for next := after + 1; ; {
		var m *jetstream.RawStreamMsg
		err := e.withTimeout(ctx, minTryTimeout, func(ctx context.Context) (err error) {
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

// LastMessage returns the data and sequence number of the latest message of a subject, or nil if
// there is none.
func (e *engine) LastMessage(ctx context.Context, stream, subject string) ([]byte, uint64, error) {
	s, err := e.JS.Stream(ctx, stream)
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
