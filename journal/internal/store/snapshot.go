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

// RestoredKey is the key in a stream's metadata for when the node that restored the stream had
// last seen it intact, by the servers' clock.
const RestoredKey = "teahouse-restored"

// RestoredAt returns the time under [RestoredKey], or the zero time if there is none.
func RestoredAt(have *jetstream.StreamConfig) (until time.Time) {
	until, _ = time.Parse(time.RFC3339Nano, have.Metadata[RestoredKey])
	return until
}

// A StreamSnapshot is the state of a stream at some time.
type StreamSnapshot struct {
	CreatedAt  time.Time               // creation time: a different one means a different stream
	LastSeq    uint64                  // last sequence number
	LastTime   time.Time               // when that message was stored
	Messages   uint64                  // number of messages
	origin     string                  // see OriginKey
	RestoredAt time.Time               // see RestoredKey
	config     *jetstream.StreamConfig // its configuration
	SeenAt     time.Time               // time of the snapshot, by the server's clock
}

// IsRecreated reports whether another stream has taken the place of the one in the snapshot.
func (s StreamSnapshot) IsRecreated(now StreamSnapshot) bool {
	return !s.CreatedAt.IsZero() && !now.CreatedAt.Equal(s.CreatedAt)
}

// Latest returns the later of the time of the snapshot and the time of the stream's last
// message, which is by another server's clock.
func (s StreamSnapshot) Latest() time.Time {
	if s.LastTime.After(s.SeenAt) {
		return s.LastTime
	}
	return s.SeenAt
}

// IsEmptied reports whether a stream that had messages has none left.
func (s StreamSnapshot) IsEmptied(now StreamSnapshot) bool {
	return s.Messages > 0 && now.Messages == 0
}

// streamSnapshots holds the last snapshot of each stream, by name.
type streamSnapshots struct {
	mu       sync.Mutex
	byStream map[string]StreamSnapshot
}

// Last returns the last snapshot of a stream, or the zero snapshot if there is none.
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

// Snapshot returns the state of a stream. The error is [jetstream.ErrStreamNotFound] if the
// stream does not exist, or if its files were deleted under the embedded server, which may not
// have noticed.
func (st *Store) Snapshot(ctx context.Context, stream string) (now StreamSnapshot, err error) {
	if st.IsEmbedded() {
		if _, err := os.Stat(st.folder(stream)); errors.Is(err, fs.ErrNotExist) {
			return StreamSnapshot{}, jetstream.ErrStreamNotFound
		}
	}
	err = st.withTimeout(ctx, minTryTimeout, func(ctx context.Context) error {
		s, err := st.JS.Stream(ctx, stream)
		if err != nil {
			return err
		}
		info := s.CachedInfo()
		if stream == layout.AuthorityStream && !st.IsEmbedded() { // another node may have changed it
			st.retention.setNameRetention(&info.Config)
		}
		now = StreamSnapshot{CreatedAt: info.Created, LastSeq: info.State.LastSeq, LastTime: info.State.LastTime, Messages: info.State.Msgs, origin: info.Config.Metadata[OriginKey], RestoredAt: RestoredAt(&info.Config), config: &info.Config, SeenAt: info.TimeStamp}
		return nil
	})
	return now, err
}

// HasReusedSeq reports whether the first message at or after seq has a sequence number that the
// stream had already used at the time of the snapshot, and was stored after that.
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
