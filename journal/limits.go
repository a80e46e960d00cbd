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

// limitsTime is for how long it is taken for granted that no other node has widened them.
const limitsTime = 10 * time.Second

// wider returns limits within which is what is within either.
func wider(a, b room.Memory) room.Memory {
	most := func(a, b int64) int64 {
		if a <= 0 || b <= 0 { // no limit
			return 0
		}
		return max(a, b)
	}
	return room.Memory{
		Lines: max(a.Lines, b.Lines),
		Bytes: int(most(int64(a.Bytes), int64(b.Bytes))),
		Age:   time.Duration(most(int64(a.Age), int64(b.Age))),
	}
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
	warned room.Memory // of what it was logged that it is more than the flags say
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

// Limits returns within what limits the NATS servers keep what is said.
func Limits(ctx context.Context, c Config) (kept room.Memory, err error) {
	err = withRoom(ctx, c, func(_ *engine, have *jetstream.StreamConfig) error {
		kept, _ = limitsOf(have)
		return nil
	})
	return kept, err
}

// Trim has the NATS servers keep what is said within the limits of c, for all nodes: what is
// beyond is erased, at once or as the nodes write. It is what makes the limits less; but a
// node that runs, or starts, with wider ones widens them again.
func Trim(ctx context.Context, c Config) error {
	return withRoom(ctx, c, func(e *engine, have *jetstream.StreamConfig) error {
		want := e.wanted()[0]
		note(&want, c.Memory)
		return e.ensureStream(ctx, have, want)
	})
}

// withRoom calls f with the stream ROOM of NATS servers, if there is one.
func withRoom(ctx context.Context, c Config, f func(*engine, *jetstream.StreamConfig) error) error {
	e, err := startEngine(ctx, c, "")
	if err != nil {
		return err
	}
	defer e.close()
	have, err := e.findStream(ctx, roomStream)
	if err == nil && have == nil {
		err = errors.New("nothing is kept there yet")
	}
	if err == nil {
		err = f(e, have)
	}
	if err != nil {
		return fmt.Errorf("journal: stream %s: %w", roomStream, err)
	}
	return nil
}
