package journal

import (
	"context"
	"maps"
	"slices"
	"time"

	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

const (
	// staleTime is how long ago a node must have seen a stream to count as stale; nodes look
	// every 2 s. peerRestoreDelay is how long a stale node lets others restore first.
	staleTime        = 5 * time.Second
	peerRestoreDelay = 3 * monitorInterval

	// markTimeout limits one attempt to mark a stream as restored. Servers that several nodes ask
	// to change a stream at the same time may leave one of them without an answer.
	markTimeout = 5 * time.Second
)

// isStale reports whether nodes that saw a stream later than this one have restored it. What
// this node has in memory and they do not was deleted while it was cut off.
func isStale(before, now store.StreamSnapshot) bool {
	return !now.RestoredAt.Equal(before.RestoredAt) && now.RestoredAt.Sub(before.Latest()) > staleTime
}

// mayBeStale reports whether other nodes may have seen a stream later than this one before it
// was recreated, and have not restored it yet.
func mayBeStale(before, now store.StreamSnapshot) bool {
	return now.CreatedAt.Sub(before.Latest()) > staleTime
}

// markRestored notes in a stream's metadata that its loss was restored to its state at until.
func (sm *streamMonitor) markRestored(ctx context.Context, stream string, until time.Time) error {
	if sm.store.IsEmbedded() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	have, err := sm.store.FindStream(ctx, stream)
	if err != nil || have == nil || until.Sub(store.RestoredAt(have)) <= staleTime {
		return err
	}
	updated := *have
	updated.Metadata = maps.Clone(have.Metadata)
	updated.Metadata[store.RestoredKey] = until.UTC().Format(time.RFC3339Nano)
	_, err = sm.store.JS.UpdateStream(ctx, updated)
	return err
}

// syncFromStore makes the hub match a stream that other nodes have restored. In a partition it
// first applies the stored records, then deletes those that are gone, so that the last operator
// is not removed before another one is known. Messages and tombstones come from the other nodes
// themselves.
func (sm *streamMonitor) syncFromStore(ctx context.Context, stream string) error {
	at := slices.IndexFunc(sm.records.queues, func(b *recordQueue) bool { return layout.PartitionStream(b.partition) == stream })
	if at < 0 {
		return nil
	}
	b := sm.records.queues[at]
	b.watcher.rewind(0)
	c, err := store.PartitionBucket(sm.store, b.partition).Read(ctx)
	if err != nil {
		return err
	}
	there := map[layout.RecordID]bool{}
	for _, m := range c.Live() {
		if at, err := layout.DecodeRecordID(b.partition, m.Subject); err == nil {
			there[at] = true
			sm.records.applyRecord(b, at, m.Data, m.Seq, sm.hub.ApplyRemote)
		}
	}
	for _, r := range sm.hub.StoredRecords(b.partition) {
		if at := (layout.RecordID{Table: r.Table, Key: r.Key}); !there[at] {
			sm.records.applyRecord(b, at, nil, c.LastSeq, sm.hub.ApplyRemote)
		}
	}
	return nil
}
