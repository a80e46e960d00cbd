package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// historyLimitsKey is where the metadata of ROOM has within what limits the nodes keep what is
// said, where the streams are elsewhere: the widest that a node had so far.
const historyLimitsKey = "teahouse-limits"

// nameRetentionKey is where the metadata of KV_book has for how long names are kept without their
// owners, where the streams are elsewhere: for the longest time that a node had so far.
const nameRetentionKey = "teahouse-names"

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

// historyLimitsOf returns within what limits the stream ROOM is kept. Where an older version made it
// nobody knows: then ok is false, and they are as wide as the stream can be.
func historyLimitsOf(have *jetstream.StreamConfig) (m room.HistoryLimits, ok bool) {
	if json.Unmarshal([]byte(have.Metadata[historyLimitsKey]), &m) == nil && m.Lines >= 0 && m.Bytes >= 0 && m.Age >= 0 {
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
func (e *engine) widenHistoryLimits(want, have *jetstream.StreamConfig) room.HistoryLimits {
	own := e.config.HistoryLimits
	if e.isEmbedded() {
		return own
	}
	if have == nil {
		putHistoryLimits(want, own)
		return own
	}
	there, known := historyLimitsOf(have)
	if !known && widerBytes(layout.MaxRoomStreamBytes(own), have.MaxBytes) == layout.MaxRoomStreamBytes(own) {
		there.Lines, there.Bytes, known = own.Lines, own.Bytes, true // as far as anybody can tell, those are no more
	}
	kept := widerLimits(own, there)
	want.MaxAge, want.Duplicates = kept.Age, dedupWindowFor(kept.Age)
	want.MaxBytes = widerBytes(layout.MaxRoomStreamBytes(own), have.MaxBytes)
	if known {
		want.MaxBytes = widerBytes(want.MaxBytes, layout.MaxRoomStreamBytes(kept))
		putHistoryLimits(want, kept)
	}
	return kept
}

// widenNameRetention has the stream KV_book that is wanted have names kept for no less than the one that
// there is.
func (e *engine) widenNameRetention(want, have *jetstream.StreamConfig) {
	if e.isEmbedded() {
		return
	}
	kept := e.config.NameRetention
	if have != nil {
		if there, ok := nameRetentionOf(have); ok {
			kept = widerLimit(kept, there)
		}
	}
	want.Metadata[nameRetentionKey] = kept.String()
	e.setNameRetention(want)
}

// nameRetentionOf returns for how long names are kept. Where an older version made the stream nobody knows.
func nameRetentionOf(have *jetstream.StreamConfig) (kept time.Duration, ok bool) {
	kept, err := time.ParseDuration(have.Metadata[nameRetentionKey])
	return kept, err == nil && kept >= 0
}

// setNameRetention learns from the stream KV_book for how long names are kept, and logs once where that
// is longer than the flags say.
func (e *engine) setNameRetention(have *jetstream.StreamConfig) {
	there, ok := nameRetentionOf(have)
	if !ok {
		return
	}
	kept := widerLimit(e.config.NameRetention, there)
	e.limitsMu.Lock()
	defer e.limitsMu.Unlock()
	if e.limits.hasNameRetention && kept == e.limits.nameRetention {
		return
	}
	e.limits.nameRetention, e.limits.hasNameRetention = kept, true
	if kept != e.config.NameRetention {
		e.log.Warn("journal: names are kept for longer than the flags of this node say, as at other nodes; teahouse trim has them be free sooner",
			"kept", kept, "flags", e.config.NameRetention)
	}
}

// minNameRetention returns for how long names are kept at the node that keeps them for longest, 0 for
// ever. It is for a house that shares an engine elsewhere. It never waits.
func (e *engine) minNameRetention() time.Duration {
	e.limitsMu.Lock()
	defer e.limitsMu.Unlock()
	return e.limits.nameRetention
}

// putHistoryLimits notes limits in the metadata of a stream, which must be nobody else's.
func putHistoryLimits(want *jetstream.StreamConfig, m room.HistoryLimits) {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // three numbers
	}
	want.Metadata[historyLimitsKey] = string(text)
}

// cachedLimits is within what limits what is said is kept, as read last.
type cachedLimits struct {
	room.HistoryLimits
	readAt           time.Time
	warned           room.HistoryLimits // of what it was logged that it is more than the flags say
	nameRetention    time.Duration      // for how long names are kept without their owners,
	hasNameRetention bool               // once that is known
}

// setHistoryLimits notes within what limits what is said is kept, and logs once where that is more than the
// flags say.
func (e *engine) setHistoryLimits(kept room.HistoryLimits) {
	e.limitsMu.Lock()
	defer e.limitsMu.Unlock()
	e.limits.HistoryLimits, e.limits.readAt = kept, time.Now()
	if kept == e.config.HistoryLimits || kept == e.limits.warned {
		return
	}
	e.limits.warned = kept
	e.log.Warn("journal: the NATS servers keep more of what is said than the flags of this node say, and go on; teahouse trim has them keep less",
		"kept", describeLimits(kept), "flags", describeLimits(e.config.HistoryLimits))
}

func describeLimits(m room.HistoryLimits) string {
	return fmt.Sprintf("%d lines, %d bytes, %v", m.Lines, m.Bytes, m.Age)
}

// currentHistoryLimits returns within what limits what is said is kept: nothing within them may be dropped.
func (e *engine) currentHistoryLimits(ctx context.Context) (room.HistoryLimits, error) {
	if e.isEmbedded() {
		return e.config.HistoryLimits, nil
	}
	e.limitsMu.Lock()
	now := e.limits
	e.limitsMu.Unlock()
	if time.Since(now.readAt) < limitsCacheTime {
		return now.HistoryLimits, nil
	}
	// Another node may have widened them, or teahouse trim have made them less than this
	// node's: it goes by its flags.
	if err := e.ensureStreams(ctx); err != nil {
		return room.HistoryLimits{}, err
	}
	e.limitsMu.Lock()
	defer e.limitsMu.Unlock()
	return e.limits.HistoryLimits, nil
}

// remoteLimits returns within what limits the NATS servers keep what is said, and for how long names,
// as far as that is known.
func remoteLimits(ctx context.Context, c config) (kept room.HistoryLimits, names time.Duration, err error) {
	err = withStreams(ctx, c, func(_ *engine, talk, book *jetstream.StreamConfig) error {
		kept, _ = historyLimitsOf(talk)
		names = c.NameRetention
		if there, ok := nameRetentionOf(book); ok {
			names = there
		}
		return nil
	})
	return kept, names, err
}

// trim has the NATS servers keep what is said within the limits of c, and names no longer, for
// all nodes: what is beyond is erased, at once or as the nodes write. It is what makes the
// limits less; but a node that runs, or starts, with wider ones widens them again.
func trim(ctx context.Context, c config) error {
	return withStreams(ctx, c, func(e *engine, talk, book *jetstream.StreamConfig) error {
		for _, want := range e.wantedStreams() {
			switch want.Name {
			case layout.RoomStream:
				putHistoryLimits(&want, c.HistoryLimits)
				if err := e.ensureStream(ctx, talk, want); err != nil {
					return err
				}
			case layout.AuthorityStream:
				want.Metadata[nameRetentionKey] = c.NameRetention.String()
				if err := e.ensureStream(ctx, book, want); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// withStreams calls f with the streams ROOM and KV_book of NATS servers, if they are there.
func withStreams(ctx context.Context, c config, f func(e *engine, talk, book *jetstream.StreamConfig) error) error {
	e, err := startEngine(ctx, c, "")
	if err != nil {
		return err
	}
	defer e.close()
	talk, err := e.findStream(ctx, layout.RoomStream)
	var book *jetstream.StreamConfig
	if err == nil {
		book, err = e.findStream(ctx, layout.AuthorityStream)
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
