package journal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
)

// restoredKey is where the metadata of a stream has what it had when somebody saw it last who
// has stored again what it lost since: the moment, by the servers' clock.
const restoredKey = "teahouse-restored"

// restoredAt returns what restoredKey says, the zero time where that is nothing.
func restoredAt(have *jetstream.StreamConfig) (until time.Time) {
	until, _ = time.Parse(time.RFC3339Nano, have.Metadata[restoredKey])
	return until
}

// A streamSnapshot is what was seen of a stream at a moment.
type streamSnapshot struct {
	createdAt  time.Time               // when it was made: it is another one where that differs
	lastSeq    uint64                  // its last message
	lastTime   time.Time               // when that was stored
	messages   uint64                  // how many there were
	origin     string                  // see originKey
	restoredAt time.Time               // see restoredKey
	config     *jetstream.StreamConfig // how it was
	seenAt     time.Time               // the moment, by the clock of the server
}

// isRecreated reports whether a stream took the place of the one that was seen.
func (s streamSnapshot) isRecreated(now streamSnapshot) bool {
	return !s.createdAt.IsZero() && !now.createdAt.Equal(s.createdAt)
}

// latest returns the moment when the stream was seen, or, where that is later, when its last
// message was stored, by the clock of another server.
func (s streamSnapshot) latest() time.Time {
	if s.lastTime.After(s.seenAt) {
		return s.lastTime
	}
	return s.seenAt
}

// isEmptied reports whether nothing is left of a stream.
func (s streamSnapshot) isEmptied(now streamSnapshot) bool {
	return s.messages > 0 && now.messages == 0
}

// StreamSnapshots are those of all streams, by name.
type streamSnapshots struct {
	mu       sync.Mutex
	byStream map[string]streamSnapshot
}

// last returns how a stream was seen last; the zero sight where it never was.
func (s *streamSnapshots) last(stream string) streamSnapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byStream[stream]
}

func (s *streamSnapshots) set(stream string, now streamSnapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byStream == nil {
		s.byStream = map[string]streamSnapshot{}
	}
	s.byStream[stream] = now
}

// snapshot returns how a stream is. The error is [jetstream.ErrStreamNotFound] where there is
// none, or where its files are gone from under the server in this process, which may not know.
func (e *engine) snapshot(ctx context.Context, stream string) (now streamSnapshot, err error) {
	if e.isEmbedded() {
		if _, err := os.Stat(e.folder(stream)); errors.Is(err, fs.ErrNotExist) {
			return streamSnapshot{}, jetstream.ErrStreamNotFound
		}
	}
	err = e.withTimeout(ctx, minTryTimeout, func(ctx context.Context) error {
		s, err := e.js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		info := s.CachedInfo()
		if stream == layout.AuthorityStream && !e.isEmbedded() { // another node may have changed that
			e.setNameRetention(&info.Config)
		}
		now = streamSnapshot{createdAt: info.Created, lastSeq: info.State.LastSeq, lastTime: info.State.LastTime, messages: info.State.Msgs, origin: info.Config.Metadata[originKey], restoredAt: restoredAt(&info.Config), config: &info.Config, seenAt: info.TimeStamp}
		return nil
	})
	return now, err
}

// hasReusedSeq reports whether a message of a stream, or else the next one that there is, has a
// number that the stream had used when it was seen, and was stored after that.
func (e *engine) hasReusedSeq(ctx context.Context, stream string, seq uint64, before streamSnapshot) (another bool, err error) {
	err = e.withTimeout(ctx, minTryTimeout, func(ctx context.Context) error {
		s, err := e.js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		m, err := s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(allSubjects))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		another = err == nil && (m.Sequence < before.lastSeq && m.Time.After(before.latest()) ||
			m.Sequence == before.lastSeq && !m.Time.Equal(before.lastTime))
		return err
	})
	return another, err
}
