package store

import (
	"cmp"
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

// HistoryLimitsKey is the key in the metadata of ROOM for the history limits on NATS servers
// elsewhere: the widest that any node has had.
const HistoryLimitsKey = "teahouse-history-limits"

// NameRetentionKey is the key in the metadata of KV_authority for how long NATS servers elsewhere
// keep names without their owners: the longest time that any node has had.
const NameRetentionKey = "teahouse-name-retention"

// The keys of the same before version 5 of the stored data.
const (
	legacyHistoryLimitsKey = "teahouse-limits"
	legacyNameRetentionKey = "teahouse-names"
)

// limitsCacheTime is how long to assume that no other node has widened the limits.
const limitsCacheTime = 10 * time.Second

// widerLimits returns limits that allow all that either a or b allows.
func widerLimits(a, b room.HistoryLimits) room.HistoryLimits {
	return room.HistoryLimits{
		Lines: max(a.Lines, b.Lines),
		Bytes: widerLimit(a.Bytes, b.Bytes),
		Age:   widerLimit(a.Age, b.Age),
	}
}

// widerLimit returns the wider of two limits, where 0 means no limit.
func widerLimit[T int | time.Duration](a, b T) T {
	if a <= 0 || b <= 0 {
		return 0
	}
	return max(a, b)
}

// widerBytes is widerLimit for the size of a stream.
func widerBytes(a, b int64) int64 {
	if a <= 0 || b <= 0 {
		return -1
	}
	return max(a, b)
}

// HistoryLimitsOf returns the history limits noted in the stream ROOM. An older version did not
// note them; then ok is false, and the result is as wide as the stream can be.
func HistoryLimitsOf(have *jetstream.StreamConfig) (m room.HistoryLimits, ok bool) {
	text := cmp.Or(have.Metadata[HistoryLimitsKey], have.Metadata[legacyHistoryLimitsKey])
	if json.Unmarshal([]byte(text), &m) == nil && m.Lines >= 0 && m.Bytes >= 0 && m.Age >= 0 {
		return m, true
	}
	m.Age = have.MaxAge
	if have.MaxBytes > 0 {
		m.Bytes = int(have.MaxBytes)
	}
	m.Lines = int(max(have.MaxBytes, 0) / layout.LineOverhead)
	return m, false
}

// widenHistoryLimits widens the wanted stream ROOM to the existing one, which may be that of
// nodes with wider limits, and returns the resulting history limits.
//
// It leaves embedded streams alone: nobody else uses them, so they follow the flags.
func (r *retention) widenHistoryLimits(want, have *jetstream.StreamConfig) room.HistoryLimits {
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
		there.Lines, there.Bytes, known = own.Lines, own.Bytes, true // the best guess: the old ones are probably no wider
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

// widenNameRetention raises the name retention of the wanted stream KV_authority to that of the
// existing one.
func (r *retention) widenNameRetention(want, have *jetstream.StreamConfig) {
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

// nameRetentionOf returns the name retention noted in a stream. An older version did not note
// it; then ok is false.
func nameRetentionOf(have *jetstream.StreamConfig) (kept time.Duration, ok bool) {
	kept, err := time.ParseDuration(cmp.Or(have.Metadata[NameRetentionKey], have.Metadata[legacyNameRetentionKey]))
	return kept, err == nil && kept >= 0
}

// setNameRetention takes the name retention from the stream KV_authority, and logs once if it is
// longer than the flags say.
func (r *retention) setNameRetention(have *jetstream.StreamConfig) {
	there, ok := nameRetentionOf(have)
	if !ok {
		return
	}
	kept := widerLimit(r.config.NameRetention, there)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hasNameRetention && kept == r.nameRetention {
		return
	}
	r.nameRetention, r.hasNameRetention = kept, true
	if kept != r.config.NameRetention {
		r.log.Warn("journal: names are kept for longer than this node's flags say, because of other nodes; teahouse trim frees them sooner",
			"kept", kept, "flags", r.config.NameRetention)
	}
}

// NameRetention returns how long names are kept at the node that keeps them longest, or 0 for
// ever. It is for nodes that share NATS servers. It never blocks.
func (st *Store) NameRetention() time.Duration {
	st.retention.mu.Lock()
	defer st.retention.mu.Unlock()
	return st.retention.nameRetention
}

// PutHistoryLimits notes limits in the metadata of a stream, whose map must not be shared.
func PutHistoryLimits(want *jetstream.StreamConfig, m room.HistoryLimits) {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // three numbers always encode
	}
	want.Metadata[HistoryLimitsKey] = string(text)
}

// A retention holds the history limits and the name retention as last read.
type retention struct {
	config Config
	log    *log.Logger

	mu sync.Mutex
	room.HistoryLimits
	readAt           time.Time          // zero if never read
	warned           room.HistoryLimits // the wider limits that were last logged
	nameRetention    time.Duration      // how long names are kept without their owners,
	hasNameRetention bool               // if that is known
}

// cached returns the history limits, and reports whether they were read recently.
func (r *retention) cached() (limits room.HistoryLimits, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.HistoryLimits, time.Since(r.readAt) < limitsCacheTime
}

// setHistoryLimits sets the history limits, and logs once if they are wider than the flags say.
func (r *retention) setHistoryLimits(kept room.HistoryLimits) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.HistoryLimits, r.readAt = kept, time.Now()
	if kept == r.config.HistoryLimits || kept == r.warned {
		return
	}
	r.warned = kept
	r.log.Warn("journal: the NATS servers keep more history than this node's flags say; teahouse trim makes them keep less",
		"kept", describeLimits(kept), "flags", describeLimits(r.config.HistoryLimits))
}

func describeLimits(m room.HistoryLimits) string {
	return fmt.Sprintf("%d lines, %d bytes, %v", m.Lines, m.Bytes, m.Age)
}

// CurrentHistoryLimits returns the history limits in force: nothing within them may be dropped.
func (st *Store) CurrentHistoryLimits(ctx context.Context) (room.HistoryLimits, error) {
	if st.IsEmbedded() {
		return st.Config.HistoryLimits, nil
	}
	if limits, fresh := st.retention.cached(); fresh {
		return limits, nil
	}
	// Another node may have widened the limits, or teahouse trim may have narrowed them below
	// this node's flags, which ensureStreams applies again.
	if err := st.ensureStreams(ctx); err != nil {
		return room.HistoryLimits{}, err
	}
	limits, _ := st.retention.cached()
	return limits, nil
}

// RemoteLimits returns the history limits and the name retention on the NATS servers, as far as
// they are known.
func RemoteLimits(ctx context.Context, c Config) (kept room.HistoryLimits, names time.Duration, err error) {
	err = withStreams(ctx, c, func(_ *Store, rooms, authority *jetstream.StreamConfig) error {
		kept, _ = HistoryLimitsOf(rooms)
		names = c.NameRetention
		if there, ok := nameRetentionOf(authority); ok {
			names = there
		}
		return nil
	})
	return kept, names, err
}

// Trim reduces the NATS servers to the history limits and the name retention of c, for all
// nodes: data beyond them is erased, at once or as the nodes write. Nothing else narrows the
// limits; a node that runs or starts with wider ones widens them again.
func Trim(ctx context.Context, c Config) error {
	return withStreams(ctx, c, func(st *Store, rooms, authority *jetstream.StreamConfig) error {
		for _, want := range st.WantedStreams() {
			switch want.Name {
			case layout.RoomStream:
				PutHistoryLimits(&want, c.HistoryLimits)
				if err := st.ensureStream(ctx, rooms, want); err != nil {
					return err
				}
			case layout.AuthorityStream:
				want.Metadata[NameRetentionKey] = c.NameRetention.String()
				if err := st.ensureStream(ctx, authority, want); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// errOlderStore is returned for a store of an older version, which only a node upgrades.
var errOlderStore = errors.New("the stored data is of an older version; start a node of this version first")

// withStreams calls f with the streams ROOM and KV_authority of the NATS servers, if they exist.
func withStreams(ctx context.Context, c Config, f func(st *Store, rooms, authority *jetstream.StreamConfig) error) error {
	st, err := Open(ctx, c, "")
	if err != nil {
		return err
	}
	defer st.Close()
	rooms, authority, err := st.findLimitedStreams(ctx)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if rooms == nil || authority == nil {
		err = errors.New("nothing is stored there yet")
	} else {
		err = f(st, rooms, authority)
	}
	if err != nil {
		return fmt.Errorf("journal: stream %s: %w", layout.RoomStream, err)
	}
	return nil
}

// findLimitedStreams returns the streams ROOM and KV_authority, as far as they exist, or an error
// if the store is of an older version.
func (st *Store) findLimitedStreams(ctx context.Context) (rooms, authority *jetstream.StreamConfig, err error) {
	err = st.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		if rooms, err = st.FindStream(ctx, layout.RoomStream); err != nil {
			return fmt.Errorf("stream %s: %w", layout.RoomStream, err)
		}
		if authority, err = st.FindStream(ctx, layout.AuthorityStream); err != nil {
			return fmt.Errorf("stream %s: %w", layout.AuthorityStream, err)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if older, err := st.hasOlderStreams(ctx); err != nil || older {
		return nil, nil, cmp.Or(err, errOlderStore)
	}
	return rooms, authority, nil
}
