package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/room"
)

// limitsKey is where the metadata of ROOM has within what limits the nodes keep what is
// said, where the streams are elsewhere: the widest that a node had so far.
const limitsKey = "teahouse-limits"

// namesKey is where the metadata of KV_book has for how long names are kept without their
// owners, where the streams are elsewhere: for the longest time that a node had so far.
const namesKey = "teahouse-names"

// limitsTime is for how long it is taken for granted that no other node has widened them.
const limitsTime = 10 * time.Second

// wider returns limits within which is what is within either.
func wider(a, b room.Memory) room.Memory {
	return room.Memory{
		Lines: max(a.Lines, b.Lines),
		Bytes: most(a.Bytes, b.Bytes),
		Age:   most(a.Age, b.Age),
	}
}

// most returns the wider of two limits, where 0 is none.
func most[T int | time.Duration](a, b T) T {
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

// limitsOf returns within what limits the stream ROOM is kept. Where an older version made it
// nobody knows: then ok is false, and they are as wide as the stream can be.
func limitsOf(have *jetstream.StreamConfig) (m room.Memory, ok bool) {
	if json.Unmarshal([]byte(have.Metadata[limitsKey]), &m) == nil && m.Lines >= 0 && m.Bytes >= 0 && m.Age >= 0 {
		return m, true
	}
	m.Age = have.MaxAge
	if have.MaxBytes > 0 {
		m.Bytes = int(have.MaxBytes)
	}
	m.Lines = int(max(have.MaxBytes, 0) / lineOverhead)
	return m, false
}

// widen has the stream ROOM that is wanted be no less than the one that there is, which may
// be that of nodes with wider limits, and returns within what limits it is to be kept.
//
// Nobody else may have the streams in this process: those become as the flags say.
func (e *engine) widen(want, have *jetstream.StreamConfig) room.Memory {
	own := e.config.Memory
	if e.inside() {
		return own
	}
	if have == nil {
		note(want, own)
		return own
	}
	there, known := limitsOf(have)
	if !known && widerBytes(storeBytes(own), have.MaxBytes) == storeBytes(own) {
		there.Lines, there.Bytes, known = own.Lines, own.Bytes, true // as far as anybody can tell, those are no more
	}
	kept := wider(own, there)
	want.MaxAge, want.Duplicates = kept.Age, repeatsWithin(kept.Age)
	want.MaxBytes = widerBytes(storeBytes(own), have.MaxBytes)
	if known {
		want.MaxBytes = widerBytes(want.MaxBytes, storeBytes(kept))
		note(want, kept)
	}
	return kept
}

// widenNames has the stream KV_book that is wanted have names kept for no less than the one that
// there is.
func (e *engine) widenNames(want, have *jetstream.StreamConfig) {
	if e.inside() {
		return
	}
	kept := e.config.Names
	if have != nil {
		if there, ok := namesOf(have); ok {
			kept = most(kept, there)
		}
	}
	want.Metadata[namesKey] = kept.String()
	e.knowNames(want)
}

// namesOf returns for how long names are kept. Where an older version made the stream nobody knows.
func namesOf(have *jetstream.StreamConfig) (kept time.Duration, ok bool) {
	kept, err := time.ParseDuration(have.Metadata[namesKey])
	return kept, err == nil && kept >= 0
}

// knowNames learns from the stream KV_book for how long names are kept, and logs once where that
// is longer than the flags say.
func (e *engine) knowNames(have *jetstream.StreamConfig) {
	there, ok := namesOf(have)
	if !ok {
		return
	}
	kept := most(e.config.Names, there)
	e.limits.Lock()
	defer e.limits.Unlock()
	if e.limit.named && kept == e.limit.names {
		return
	}
	e.limit.names, e.limit.named = kept, true
	if kept != e.config.Names {
		e.log.Warn("journal: names are kept for longer than the flags of this node say, as at other nodes; teahouse trim has them be free sooner",
			"kept", kept, "flags", e.config.Names)
	}
}

// NamesKept returns for how long names are kept at the node that keeps them for longest, 0 for
// ever. It is for a house that shares an engine elsewhere. It never waits.
func (j *Journal) NamesKept() time.Duration {
	j.engine.limits.Lock()
	defer j.engine.limits.Unlock()
	return j.engine.limit.names
}

// note notes limits in the metadata of a stream, which must be nobody else's.
func note(want *jetstream.StreamConfig, m room.Memory) {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // three numbers
	}
	want.Metadata[limitsKey] = string(text)
}

// limit is within what limits what is said is kept, as read last.
type limit struct {
	room.Memory
	read   time.Time
	warned room.Memory   // of what it was logged that it is more than the flags say
	names  time.Duration // for how long names are kept without their owners,
	named  bool          // once that is known
}

// know notes within what limits what is said is kept, and logs once where that is more than the
// flags say.
func (e *engine) know(kept room.Memory) {
	e.limits.Lock()
	defer e.limits.Unlock()
	e.limit.Memory, e.limit.read = kept, time.Now()
	if kept == e.config.Memory || kept == e.limit.warned {
		return
	}
	e.limit.warned = kept
	e.log.Warn("journal: the NATS servers keep more of what is said than the flags of this node say, and go on; teahouse trim has them keep less",
		"kept", describeLimits(kept), "flags", describeLimits(e.config.Memory))
}

func describeLimits(m room.Memory) string {
	return fmt.Sprintf("%d lines, %d bytes, %v", m.Lines, m.Bytes, m.Age)
}

// keeps returns within what limits what is said is kept: nothing within them may be dropped.
func (e *engine) keeps(ctx context.Context) (room.Memory, error) {
	if e.inside() {
		return e.config.Memory, nil
	}
	e.limits.Lock()
	now := e.limit
	e.limits.Unlock()
	if time.Since(now.read) < limitsTime {
		return now.Memory, nil
	}
	// Another node may have widened them, or teahouse trim have made them less than this
	// node's: it goes by its flags.
	if err := e.ensureStreams(ctx); err != nil {
		return room.Memory{}, err
	}
	e.limits.Lock()
	defer e.limits.Unlock()
	return e.limit.Memory, nil
}

// Limits returns within what limits the NATS servers keep what is said, and for how long names,
// as far as that is known.
func Limits(ctx context.Context, c Config) (kept room.Memory, names time.Duration, err error) {
	err = withStreams(ctx, c, func(_ *engine, talk, book *jetstream.StreamConfig) error {
		kept, _ = limitsOf(talk)
		names = c.Names
		if there, ok := namesOf(book); ok {
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
	return withStreams(ctx, c, func(e *engine, talk, book *jetstream.StreamConfig) error {
		for _, want := range e.wanted() {
			switch want.Name {
			case roomStream:
				note(&want, c.Memory)
				if err := e.ensureStream(ctx, talk, want); err != nil {
					return err
				}
			case bookStream:
				want.Metadata[namesKey] = c.Names.String()
				if err := e.ensureStream(ctx, book, want); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// withStreams calls f with the streams ROOM and KV_book of NATS servers, if they are there.
func withStreams(ctx context.Context, c Config, f func(e *engine, talk, book *jetstream.StreamConfig) error) error {
	e, err := startEngine(ctx, c, "")
	if err != nil {
		return err
	}
	defer e.close()
	talk, err := e.findStream(ctx, roomStream)
	var book *jetstream.StreamConfig
	if err == nil {
		book, err = e.findStream(ctx, bookStream)
	}
	if err == nil && (talk == nil || book == nil) {
		err = errors.New("nothing is kept there yet")
	}
	if err == nil {
		err = f(e, talk, book)
	}
	if err != nil {
		return fmt.Errorf("journal: stream %s: %w", roomStream, err)
	}
	return nil
}
