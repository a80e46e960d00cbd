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
	// fetchSize is the number of messages requested at once: few enough, even of the largest,
	// for the server's limit on a connection's pending data.
	fetchSize = 250

	// consumerIdleTimeout is how long a scan may pause.
	consumerIdleTimeout = 5 * time.Minute

	// maxScanPause is how long a scan of a cluster retries without reading anything. An election
	// takes some seconds.
	maxScanPause = 30 * time.Second

	// maxRechecks is how often a scan looks again for missing messages. A consumer created while
	// messages are removed may count those twice, and then deliver too few.
	maxRechecks = 2
)

// errMessagesLost is the transient error for messages that were lost or delayed on the way from
// the server.
var errMessagesLost = fmt.Errorf("messages were lost in transit: %w", nats.ErrTimeout)

// errStoreDamaged is returned by a scan if messages are missing that the engine says it has. In
// a cluster one server may just lag behind, which passes.
var errStoreDamaged = errors.New("the store is damaged: some of it cannot be read; move it away, and restore a backup if there is one")

// A scan reads a stream from its oldest message to its newest.
//
// In a cluster, the server that runs the scan's consumer can die, may be asked before it knows
// of the consumer, or may lag behind the others. So a scan is retried, starting at the first
// message that f has not handled, until it is complete.
type scan struct {
	engine  *Store
	stream  jetstream.Stream
	initial jetstream.StreamState
	handle  func(layout.Message) error

	next      uint64    // next sequence number to read
	readSoFar uint64    // messages read of those that existed at the start
	delivered uint64    // messages delivered by the current consumer
	progress  time.Time // time of the last message read
	rechecks  int       // how often messages were missing
}

// Scan calls f with all messages of a stream, oldest first, including those stored during the
// scan. It leaves nothing behind in the engine.
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

// readToEnd reads to the end of the stream.
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
		return fmt.Errorf("the store does not return it: %v", err) // permanent
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

// checkSilence returns why a consumer delivers nothing more. It returns nil if the announced
// messages were removed before they could be delivered. The client stops listening after a
// second, and a busy machine may need that long for one page.
func (s *scan) checkSilence(ctx context.Context, consumer jetstream.Consumer) error {
	return s.engine.withTimeout(ctx, minTryTimeout, func(ctx context.Context) error {
		now, err := consumer.Info(ctx)
		if err == nil && (now.NumPending > 0 || now.Delivered.Consumer > s.delivered) {
			return errMessagesLost
		}
		return err
	})
}

// checkWhole returns errStoreDamaged if the stream still has messages from before the scan that
// the scan has not read. Messages that were announced to the scan and then removed do not count.
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

// fetchPage reads the next few messages. It returns how many it read, and how many remain. The
// consumer numbers its deliveries, which reveals lost ones.
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
