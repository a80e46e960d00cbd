package store

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

// RestoredKey is where the metadata of a stream has what it had when somebody saw it last who
// has stored again what it lost since: the moment, by the servers' clock.
const RestoredKey = "teahouse-restored"

// RestoredAt returns what restoredKey says, the zero time where that is nothing.
func RestoredAt(have *jetstream.StreamConfig) (until time.Time) {
	until, _ = time.Parse(time.RFC3339Nano, have.Metadata[RestoredKey])
	return until
}

// A StreamSnapshot is what was seen of a stream at a moment.
type StreamSnapshot struct {
	CreatedAt  time.Time               // when it was made: it is another one where that differs
	LastSeq    uint64                  // its last message
	LastTime   time.Time               // when that was stored
	Messages   uint64                  // how many there were
	origin     string                  // see originKey
	RestoredAt time.Time               // see restoredKey
	config     *jetstream.StreamConfig // how it was
	SeenAt     time.Time               // the moment, by the clock of the server
}

// IsRecreated reports whether a stream took the place of the one that was seen.
func (s StreamSnapshot) IsRecreated(now StreamSnapshot) bool {
	return !s.CreatedAt.IsZero() && !now.CreatedAt.Equal(s.CreatedAt)
}

// Latest returns the moment when the stream was seen, or, where that is later, when its last
// message was stored, by the clock of another server.
func (s StreamSnapshot) Latest() time.Time {
	if s.LastTime.After(s.SeenAt) {
		return s.LastTime
	}
	return s.SeenAt
}

// IsEmptied reports whether nothing is left of a stream.
func (s StreamSnapshot) IsEmptied(now StreamSnapshot) bool {
	return s.Messages > 0 && now.Messages == 0
}

// StreamSnapshots are those of all streams, by name.
type streamSnapshots struct {
	mu       sync.Mutex
	byStream map[string]StreamSnapshot
}

// Last returns how a stream was seen last; the zero snapshot where it never was.
func (s *streamSnapshots) Last(stream string) StreamSnapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byStream[stream]
}

func (s *streamSnapshots) Set(stream string, now StreamSnapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byStream == nil {
		s.byStream = map[string]StreamSnapshot{}
	}
	s.byStream[stream] = now
}

// Snapshot returns how a stream is. The error is [jetstream.ErrStreamNotFound] where there is
// none, or where its files are gone from under the server in this process, which may not know.
func (st *Store) Snapshot(ctx context.Context, stream string) (now StreamSnapshot, err error) {
	if st.IsEmbedded() {
		if _, err := os.Stat(st.Folder(stream)); errors.Is(err, fs.ErrNotExist) {
			return StreamSnapshot{}, jetstream.ErrStreamNotFound
		}
	}
	err = st.withTimeout(ctx, minTryTimeout, func(ctx context.Context) error {
		s, err := st.JS.Stream(ctx, stream)
		if err != nil {
			return err
		}
		info := s.CachedInfo()
		if stream == layout.AuthorityStream && !st.IsEmbedded() { // another node may have changed that
			st.Retention.setNameRetention(&info.Config)
		}
		now = StreamSnapshot{CreatedAt: info.Created, LastSeq: info.State.LastSeq, LastTime: info.State.LastTime, Messages: info.State.Msgs, origin: info.Config.Metadata[OriginKey], RestoredAt: RestoredAt(&info.Config), config: &info.Config, SeenAt: info.TimeStamp}
		return nil
	})
	return now, err
}

// HasReusedSeq reports whether a message of a stream, or else the next one that there is, has a
// number that the stream had used when it was seen, and was stored after that.
func (st *Store) HasReusedSeq(ctx context.Context, stream string, seq uint64, before StreamSnapshot) (another bool, err error) {
	err = st.withTimeout(ctx, minTryTimeout, func(ctx context.Context) error {
		s, err := st.JS.Stream(ctx, stream)
		if err != nil {
			return err
		}
		m, err := s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(AllSubjects))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		another = err == nil && (m.Sequence < before.LastSeq && m.Time.After(before.Latest()) ||
			m.Sequence == before.LastSeq && !m.Time.Equal(before.LastTime))
		return err
	})
	return another, err
}
