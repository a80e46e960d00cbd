package journal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A sight is what was seen of a stream at a moment.
type sight struct {
	created  time.Time               // when it was made: it is another one where that differs
	last     uint64                  // its last message
	stored   time.Time               // when that was stored
	messages uint64                  // how many there were
	origin   string                  // see originKey
	restored time.Time               // see restoredKey
	config   *jetstream.StreamConfig // how it was
	at       time.Time               // the moment, by the clock of the server
}

// isAnother reports whether a stream took the place of the one that was seen.
func (s sight) isAnother(now sight) bool { return !s.created.IsZero() && !now.created.Equal(s.created) }

// latest returns the moment when the stream was seen, or, where that is later, when its last
// message was stored, by the clock of another server.
func (s sight) latest() time.Time {
	if s.stored.After(s.at) {
		return s.stored
	}
	return s.at
}

// isEmptied reports whether nothing is left of a stream.
func (s sight) isEmptied(now sight) bool { return s.messages > 0 && now.messages == 0 }

// Sights are those of all streams, by name.
type sights struct {
	mu   sync.Mutex
	seen map[string]sight
}

// of returns how a stream was seen last; the zero sight where it never was.
func (s *sights) of(stream string) sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[stream]
}

func (s *sights) note(stream string, now sight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]sight{}
	}
	s.seen[stream] = now
}

// see returns how a stream is. The error is [jetstream.ErrStreamNotFound] where there is
// none, or where its files are gone from under the server in this process, which may not know.
func (e *engine) see(ctx context.Context, stream string) (now sight, err error) {
	if e.inside() {
		if _, err := os.Stat(e.folder(stream)); errors.Is(err, fs.ErrNotExist) {
			return sight{}, jetstream.ErrStreamNotFound
		}
	}
	err = e.within(ctx, tryTime, func(ctx context.Context) error {
		s, err := e.js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		info := s.CachedInfo()
		if stream == bookStream && !e.inside() { // another node may have changed that
			e.knowNames(&info.Config)
		}
		now = sight{created: info.Created, last: info.State.LastSeq, stored: info.State.LastTime, messages: info.State.Msgs, origin: info.Config.Metadata[originKey], restored: restoredIn(&info.Config), config: &info.Config, at: info.TimeStamp}
		return nil
	})
	return now, err
}

// isAnother reports whether a message of a stream, or else the next one that there is, has a
// number that the stream had used when it was seen, and was stored after that.
func (e *engine) isAnother(ctx context.Context, stream string, seq uint64, before sight) (another bool, err error) {
	err = e.within(ctx, tryTime, func(ctx context.Context) error {
		s, err := e.js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		m, err := s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(allSubjects))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		another = err == nil && (m.Sequence < before.last && m.Time.After(before.latest()) ||
			m.Sequence == before.last && !m.Time.Equal(before.stored))
		return err
	})
	return another, err
}
