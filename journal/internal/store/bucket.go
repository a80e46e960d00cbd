package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/records"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

const (
	// markerRetention is how long the markers of deleted records are kept. Nodes that share the
	// store learn of a deletion from its marker, so they need it at least that long; a node that
	// was cut off for longer must be restarted. An embedded engine keeps markers no longer than
	// that.
	markerRetention = 24 * time.Hour

	// fullMarkerRetention replaces markerRetention while a bucket is larger than it should be.
	fullMarkerRetention = time.Hour

	// MinMarkers is how many markers trigger an early compaction.
	MinMarkers = 1000

	// CompactTimeout limits the compaction of one bucket.
	CompactTimeout = 2 * time.Minute
)

// A Bucket is a stream of entries: the latest message of a subject is its entry. A message
// without data is a marker, which says that the entry was deleted.
//
// The engine keeps one message for each subject, but not reliably: after kill -9 it may bring
// back overwritten or purged messages. So nothing relies on a message being gone. The latest
// message counts, whether it is a marker or not, and markers are removed only below the bucket's
// floor: a sequence number, stored in the bucket itself, below which nothing counts whatever the
// engine finds there.
type Bucket struct {
	layout.Bucket
	st *Store
}

func PartitionBucket(st *Store, p records.Partition) *Bucket {
	return &Bucket{Bucket: layout.PartitionBucket(p), st: st}
}

func PeopleBucket(st *Store) *Bucket {
	return &Bucket{Bucket: layout.PeopleBucket(), st: st}
}

// Buckets returns all buckets.
func (st *Store) Buckets() (all []*Bucket) {
	for _, spec := range layout.Buckets() {
		all = append(all, &Bucket{Bucket: spec, st: st})
	}
	return all
}

// bucketsIn returns the buckets of a journal's folder, which may be of an older version.
func (st *Store) bucketsIn(dir string) (all []*Bucket) {
	for _, stream := range layout.StreamNamesIn(dir) {
		if spec, ok := layout.BucketOf(stream); ok {
			all = append(all, &Bucket{Bucket: spec, st: st})
		}
	}
	return all
}

// Read reads a whole bucket. Messages stored meanwhile may be included or not.
func (b *Bucket) Read(ctx context.Context) (*layout.BucketContents, error) {
	s := b.NewReader()
	if err := b.st.Scan(ctx, b.Stream, func(m layout.Message) error { s.Add(m); return nil }); err != nil {
		return nil, err
	}
	c, err := s.Finish()
	if err == nil && b.st.Watermarks != nil {
		b.st.Watermarks.Raise(b.Stream, integrity.WatermarkOf(c))
	}
	return c, err
}

// Compact removes markers that are no longer needed, and what they cover, once there are many or
// old ones.
//
// It rewrites the entries below the new floor, each only if that is still the latest of its
// subject, then stores the floor, and then drops what is below it. If it is killed before the
// floor is stored, no entry has changed; afterwards, everything that counts is above the floor.
// Other processes may write to the bucket, or compact it, meanwhile.
func (b *Bucket) Compact(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, CompactTimeout)
	defer cancel()
	c, err := b.Read(ctx)
	if err != nil {
		return err
	}
	if floor := b.nextFloor(c); floor > 0 {
		if err := b.RaiseFloor(ctx, c, floor); err != nil {
			return err
		}
		c.Floor = floor
	}
	if c.FirstSeq == 0 || c.FirstSeq >= c.Floor {
		return nil
	}
	if err := b.st.syncStream(b.Stream); err != nil { // a power cut must not take the rewritten entries
		return err
	}
	drop := func() error { return b.st.purgeBefore(ctx, b.Stream, c.Floor) }
	if b.st.Watermarks == nil {
		return drop()
	}
	return b.st.Watermarks.WhileShortening(b.Stream, drop)
}

// nextFloor returns the new floor, or 0 if it need not be raised.
func (b *Bucket) nextFloor(c *layout.BucketContents) uint64 {
	old := time.Now().Add(-markerRetention)
	pressed := b.MaxBytes > 0 && c.Bytes > b.MaxBytes
	if pressed {
		old = time.Now().Add(-fullMarkerRetention)
	}
	floor := c.LastSeq + 1
	if !b.st.IsEmbedded() { // other nodes may still have to see newer messages
		for _, m := range slices.Backward(c.Entries) {
			if m.Time.After(old) {
				floor = m.Seq
			}
		}
	}
	markers, due := 0, false
	for _, m := range c.Entries {
		if layout.IsDeleteMarker(m) && m.Seq < floor {
			markers++
			due = due || m.Time.Before(old)
		}
	}
	if due || pressed && markers > 0 || markers >= max(MinMarkers, len(c.Entries)-markers) {
		return floor
	}
	return 0
}

// RaiseFloor rewrites the entries below a floor, and stores the floor. Records under an old name of
// their table are dropped: a node of an older version stored them that was cut off, and once the
// markers are gone they could bring back what was deleted.
func (b *Bucket) RaiseFloor(ctx context.Context, c *layout.BucketContents, floor uint64) error {
	var below []*nats.Msg
	for _, m := range c.Live() {
		if m.Seq < floor && layout.PresentSubject(m.Subject) == m.Subject {
			below = append(below, ConditionalMsg(m.Subject, m.Data, m.Seq))
		}
	}
	if err := b.st.publishConditional(ctx, below); err != nil { // a later value is above the floor
		return err
	}
	text, err := json.Marshal(layout.StoredFloor{From: floor})
	if err != nil {
		return err
	}
	return b.st.PublishAll(ctx, []*nats.Msg{ConditionalMsg(b.Floor, text, c.FloorSeq)})[0].Err
}

// ConditionalMsg returns a message that is stored only if seq is the last sequence number of its
// subject.
func ConditionalMsg(subject string, data []byte, seq uint64) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = data
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, fmt.Sprint(seq))
	return m
}

// IsSeqConflict reports whether a message from [ConditionalMsg] was not stored because its
// subject has a later one.
func IsSeqConflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) // from a cluster
}

// syncStream syncs the embedded server's files of a stream to disk.
func (e *engine) syncStream(stream string) error {
	if !e.hasFiles(stream) {
		return nil
	}
	err := layout.SyncFiles(e.folder(stream))
	if errors.Is(err, fs.ErrNotExist) { // the server removes files, too
		return nil
	}
	return err
}

// folder returns the folder in which the embedded server keeps a stream.
func (e *engine) folder(stream string) string { return blockfile.StreamFolder(e.Dir, stream) }

// compactInterval is the time between checks whether buckets need compacting, and
// minCompactInterval the minimum time between compactions of a full one.
const (
	compactInterval    = time.Hour
	minCompactInterval = time.Minute
)

// RunCompaction compacts the buckets periodically, and soon after a request, until ctx is done.
// A failed compaction is retried at the next check.
func (st *Store) RunCompaction(ctx context.Context, requests <-chan struct{}) {
	tick := time.NewTicker(compactInterval)
	defer tick.Stop()
	for {
		for _, b := range st.Buckets() {
			if err := b.Compact(ctx); err != nil && ctx.Err() == nil {
				st.Log.Debug("journal: deleted entries stay for now", "stream", b.Stream, "err", err)
			}
		}
		if _, err := st.CurrentHistoryLimits(ctx); err != nil && ctx.Err() == nil {
			st.Log.Debug("journal: the other nodes' limits are unknown", "err", err)
		}
		rest := time.After(minCompactInterval)
		select {
		case <-tick.C:
		case <-requests:
			select {
			case <-rest:
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return
		}
	}
}
