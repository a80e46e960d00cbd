package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
)

const (
	// fetchSize is how many messages are asked for at once: fewer, even of the
	// largest, than the server puts up with in a connection.
	fetchSize = 250

	// consumerIdleTimeout is for how long a reader may stop in between.
	consumerIdleTimeout = 5 * time.Minute

	// maxScanPause is for how long a scan of a cluster goes on trying while it reads
	// nothing. An election takes some seconds.
	maxScanPause = 30 * time.Second

	// maxRechecks is how often a scan looks again for messages that are missing. A consumer
	// that is made while others are removed may count those twice, and then gives out too few.
	maxRechecks = 2
)

// errMessagesLost is what passes where messages got lost on the way from the server, or are late.
var errMessagesLost = fmt.Errorf("messages got lost on the way: %w", nats.ErrTimeout)

// errStoreDamaged is what a scan returns where messages are missing that the engine
// says it has. In a cluster it may be that one server lags behind, which passes.
var errStoreDamaged = errors.New("the store is damaged: some of it cannot be read; move it away, and unpack a backup if there is one")

// A scan reads a stream from its oldest message to its newest.
//
// In a cluster a server can die on the way, and what gives out the messages with it,
// or be asked before it knows of that, or lag behind the others. So a scan is tried
// again, from the message on with which f has not succeeded yet, until it is whole.
type scan struct {
	engine  *Store
	stream  jetstream.Stream
	initial jetstream.StreamState
	handle  func(layout.Message) error

	next      uint64    // the message to go on with
	readSoFar uint64    // how many were read of those that there were when it began
	delivered uint64    // how many the consumer of this try has given out
	progress  time.Time // when it read one last
	rechecks  int       // how often it found messages missing
}

// Scan calls f with all messages of a stream, the oldest first, those included
// that are stored while it goes on. It leaves nothing behind in the engine.
func (st *Store) Scan(ctx context.Context, stream string, f func(layout.Message) error) error {
	s := &scan{engine: st, handle: f, next: 1, progress: time.Now()}
	err := st.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		s.stream, err = st.JS.Stream(ctx, stream)
		return err
	})
	if err != nil {
		return err
	}
	s.initial = s.stream.CachedInfo().State
	return st.retry(ctx, s.readToEnd)
}

// readToEnd reads up to the end.
func (s *scan) readToEnd(ctx context.Context) error {
	err := s.readRest(ctx)
	if err == nil {
		err = s.engine.withTimeout(ctx, minTryTimeout, s.checkWhole)
	}
	if err == errStoreDamaged && s.rechecks < maxRechecks {
		s.rechecks++
		return errMessagesLost
	}
	if err != nil && time.Since(s.progress) > maxScanPause {
		return fmt.Errorf("the store does not hand it out: %v", err) // which does not pass
	}
	return err
}

func (s *scan) readRest(ctx context.Context) error {
	var consumer jetstream.Consumer
	err := s.engine.withTimeout(ctx, minTryTimeout, func(ctx context.Context) (err error) {
		consumer, err = s.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
			DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
			OptStartSeq:       s.next,
			AckPolicy:         jetstream.AckNonePolicy,
			MemoryStorage:     true,
			InactiveThreshold: consumerIdleTimeout,
		})
		return err
	})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = s.stream.DeleteConsumer(ctx, consumer.CachedInfo().Name)
	}()
	s.delivered = 0
	for left := consumer.CachedInfo().NumPending; left > 0; {
		read, more, err := s.fetchPage(consumer)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case read == 0:
			return s.checkSilence(ctx, consumer)
		}
		left = more
	}
	return nil
}

// checkSilence returns why a consumer gives out nothing more: nil where the messages
// that it had announced were removed before it came to them. The client stops listening
// after a second, which a busy machine may need for one page.
func (s *scan) checkSilence(ctx context.Context, consumer jetstream.Consumer) error {
	return s.engine.withTimeout(ctx, minTryTimeout, func(ctx context.Context) error {
		now, err := consumer.Info(ctx)
		if err == nil && (now.NumPending > 0 || now.Delivered.Consumer > s.delivered) {
			return errMessagesLost
		}
		return err
	})
}

// checkWhole returns errStoreDamaged where the stream has more messages of those that it
// had when the scan began than the scan has read. It tells that from messages which
// were announced to the scan, and removed before it came to them.
func (s *scan) checkWhole(ctx context.Context) error {
	now, err := s.stream.Info(ctx)
	if err != nil {
		return err
	}
	if fresh := now.State.LastSeq - s.initial.LastSeq; now.State.Msgs > s.readSoFar+fresh {
		return errStoreDamaged
	}
	return nil
}

// fetchPage takes the next few messages. It returns how many they were, and how many
// there are after them. The consumer numbers what it gives out, which tells of what
// gets lost.
func (s *scan) fetchPage(consumer jetstream.Consumer) (read int, more uint64, err error) {
	fetched, err := consumer.FetchNoWait(fetchSize)
	if err != nil {
		return 0, 0, err
	}
	for m := range fetched.Messages() {
		about, err := m.Metadata()
		if err != nil {
			return read, 0, err
		}
		read, more, s.delivered = read+1, about.NumPending, s.delivered+1
		if about.Sequence.Consumer != s.delivered {
			return read, 0, errMessagesLost
		}
		err = s.take(layout.Message{
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

func (s *scan) take(m layout.Message) error {
	if err := s.handle(m); err != nil {
		return err
	}
	if m.Seq <= s.initial.LastSeq {
		s.readSoFar++
	}
	s.next, s.progress = m.Seq+1, time.Now()
	return nil
}
