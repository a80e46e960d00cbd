package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// HistoryLimitsKey is where the metadata of ROOM has within what limits the nodes keep what is
// said, where the streams are elsewhere: the widest that a node had so far.
const HistoryLimitsKey = "teahouse-limits"

// NameRetentionKey is where the metadata of KV_book has for how long names are kept without their
// owners, where the streams are elsewhere: for the longest time that a node had so far.
const NameRetentionKey = "teahouse-names"

// limitsCacheTime is for how long it is taken for granted that no other node has widened them.
const limitsCacheTime = 10 * time.Second

// widerLimits returns limits within which is what is within either.
func widerLimits(a, b room.HistoryLimits) room.HistoryLimits {
	return room.HistoryLimits{
		Lines: max(a.Lines, b.Lines),
		Bytes: widerLimit(a.Bytes, b.Bytes),
		Age:   widerLimit(a.Age, b.Age),
	}
}

// widerLimit returns the wider of two limits, where 0 is none.
func widerLimit[T int | time.Duration](a, b T) T {
	if a <= 0 || b <= 0 {
		return 0
	}
	return max(a, b)
}

// widerBytes is wider for how large a stream may become.
func widerBytes(a, b int64) int64 {
	if a <= 0 || b <= 0 {
		return -1
	}
	return max(a, b)
}

// HistoryLimitsOf returns within what limits the stream ROOM is kept. Where an older version made it
// nobody knows: then ok is false, and they are as wide as the stream can be.
func HistoryLimitsOf(have *jetstream.StreamConfig) (m room.HistoryLimits, ok bool) {
	if json.Unmarshal([]byte(have.Metadata[HistoryLimitsKey]), &m) == nil && m.Lines >= 0 && m.Bytes >= 0 && m.Age >= 0 {
		return m, true
	}
	m.Age = have.MaxAge
	if have.MaxBytes > 0 {
		m.Bytes = int(have.MaxBytes)
	}
	m.Lines = int(max(have.MaxBytes, 0) / layout.LineOverhead)
	return m, false
}

// widenHistoryLimits has the stream ROOM that is wanted be no less than the one that there is, which may
// be that of nodes with wider limits, and returns within what limits it is to be kept.
//
// Nobody else may have the streams in this process: those become as the flags say.
func (r *Retention) widenHistoryLimits(want, have *jetstream.StreamConfig) room.HistoryLimits {
	own := r.config.HistoryLimits
	if r.config.URL == "" {
		return own
	}
	if have == nil {
		PutHistoryLimits(want, own)
		return own
	}
	there, known := HistoryLimitsOf(have)
	if !known && widerBytes(layout.MaxRoomStreamBytes(own), have.MaxBytes) == layout.MaxRoomStreamBytes(own) {
		there.Lines, there.Bytes, known = own.Lines, own.Bytes, true // as far as anybody can tell, those are no more
	}
	kept := widerLimits(own, there)
	want.MaxAge, want.Duplicates = kept.Age, dedupWindowFor(kept.Age)
	want.MaxBytes = widerBytes(layout.MaxRoomStreamBytes(own), have.MaxBytes)
	if known {
		want.MaxBytes = widerBytes(want.MaxBytes, layout.MaxRoomStreamBytes(kept))
		PutHistoryLimits(want, kept)
	}
	return kept
}

// widenNameRetention has the stream KV_book that is wanted have names kept for no less than the one that
// there is.
func (r *Retention) widenNameRetention(want, have *jetstream.StreamConfig) {
	if r.config.URL == "" {
		return
	}
	kept := r.config.NameRetention
	if have != nil {
		if there, ok := nameRetentionOf(have); ok {
			kept = widerLimit(kept, there)
		}
	}
	want.Metadata[NameRetentionKey] = kept.String()
	r.setNameRetention(want)
}

// nameRetentionOf returns for how long names are kept. Where an older version made the stream nobody knows.
func nameRetentionOf(have *jetstream.StreamConfig) (kept time.Duration, ok bool) {
	kept, err := time.ParseDuration(have.Metadata[NameRetentionKey])
	return kept, err == nil && kept >= 0
}

// setNameRetention learns from the stream KV_book for how long names are kept, and logs once where that
// is longer than the flags say.
func (r *Retention) setNameRetention(have *jetstream.StreamConfig) {
	there, ok := nameRetentionOf(have)
	if !ok {
		return
	}
	kept := widerLimit(r.config.NameRetention, there)
	r.Mu.Lock()
	defer r.Mu.Unlock()
	if r.hasNameRetention && kept == r.nameRetention {
		return
	}
	r.nameRetention, r.hasNameRetention = kept, true
	if kept != r.config.NameRetention {
		r.log.Warn("journal: names are kept for longer than the flags of this node say, as at other nodes; teahouse trim has them be free sooner",
			"kept", kept, "flags", r.config.NameRetention)
	}
}

// NameRetention returns for how long names are kept at the node that keeps them for longest, 0 for
// ever. It is for a house that shares an engine elsewhere. It never waits.
func (st *Store) NameRetention() time.Duration {
	st.Retention.Mu.Lock()
	defer st.Retention.Mu.Unlock()
	return st.Retention.nameRetention
}

// PutHistoryLimits notes limits in the metadata of a stream, which must be nobody else's.
func PutHistoryLimits(want *jetstream.StreamConfig, m room.HistoryLimits) {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // three numbers
	}
	want.Metadata[HistoryLimitsKey] = string(text)
}

// A Retention is within what limits what is said is kept, and for how long names, as read last.
type Retention struct {
	config Config
	log    *log.Logger

	Mu sync.Mutex
	room.HistoryLimits
	ReadAt           time.Time          // zero where nobody has read them yet
	warned           room.HistoryLimits // of what it was logged that it is more than the flags say
	nameRetention    time.Duration      // for how long names are kept without their owners,
	hasNameRetention bool               // once that is known
}

// cached returns the limits of what is said, and reports whether they were read a moment ago.
func (r *Retention) cached() (limits room.HistoryLimits, fresh bool) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	return r.HistoryLimits, time.Since(r.ReadAt) < limitsCacheTime
}

// setHistoryLimits notes within what limits what is said is kept, and logs once where that is more than the
// flags say.
func (r *Retention) setHistoryLimits(kept room.HistoryLimits) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	r.HistoryLimits, r.ReadAt = kept, time.Now()
	if kept == r.config.HistoryLimits || kept == r.warned {
		return
	}
	r.warned = kept
	r.log.Warn("journal: the NATS servers keep more of what is said than the flags of this node say, and go on; teahouse trim has them keep less",
		"kept", describeLimits(kept), "flags", describeLimits(r.config.HistoryLimits))
}

func describeLimits(m room.HistoryLimits) string {
	return fmt.Sprintf("%d lines, %d bytes, %v", m.Lines, m.Bytes, m.Age)
}

// CurrentHistoryLimits returns within what limits what is said is kept: nothing within them may be dropped.
func (st *Store) CurrentHistoryLimits(ctx context.Context) (room.HistoryLimits, error) {
	if st.IsEmbedded() {
		return st.Config.HistoryLimits, nil
	}
	if limits, fresh := st.Retention.cached(); fresh {
		return limits, nil
	}
	// Another node may have widened them, or teahouse trim have made them less than this
	// node's: it goes by its flags.
	if err := st.ensureStreams(ctx); err != nil {
		return room.HistoryLimits{}, err
	}
	limits, _ := st.Retention.cached()
	return limits, nil
}

// RemoteLimits returns within what limits the NATS servers keep what is said, and for how long names,
// as far as that is known.
func RemoteLimits(ctx context.Context, c Config) (kept room.HistoryLimits, names time.Duration, err error) {
	err = withStreams(ctx, c, func(_ *Store, talk, book *jetstream.StreamConfig) error {
		kept, _ = HistoryLimitsOf(talk)
		names = c.NameRetention
		if there, ok := nameRetentionOf(book); ok {
			names = there
		}
		return nil
	})
	return kept, names, err
}

// Trim has the NATS servers keep what is said within the limits of c, and names no longer, for
// all nodes: what is beyond is erased, at once or as the nodes write. It is what makes the
// limits less; but a node that runs, or starts, with wider ones widens them again.
func Trim(ctx context.Context, c Config) error {
	return withStreams(ctx, c, func(e *Store, talk, book *jetstream.StreamConfig) error {
		for _, want := range e.WantedStreams() {
			switch want.Name {
			case layout.RoomStream:
				PutHistoryLimits(&want, c.HistoryLimits)
				if err := e.ensureStream(ctx, talk, want); err != nil {
					return err
				}
			case layout.AuthorityStream:
				want.Metadata[NameRetentionKey] = c.NameRetention.String()
				if err := e.ensureStream(ctx, book, want); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// withStreams calls f with the streams ROOM and KV_book of NATS servers, if they are there.
func withStreams(ctx context.Context, c Config, f func(e *Store, talk, book *jetstream.StreamConfig) error) error {
	e, err := Open(ctx, c, "")
	if err != nil {
		return err
	}
	defer e.Close()
	talk, err := e.FindStream(ctx, layout.RoomStream)
	var book *jetstream.StreamConfig
	if err == nil {
		book, err = e.FindStream(ctx, layout.AuthorityStream)
	}
	if err == nil && (talk == nil || book == nil) {
		err = errors.New("nothing is kept there yet")
	}
	if err == nil {
		err = f(e, talk, book)
	}
	if err != nil {
		return fmt.Errorf("journal: stream %s: %w", layout.RoomStream, err)
	}
	return nil
}
