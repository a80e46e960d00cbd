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
	// staleTime is for how long a node has not seen a stream that knows less of it than others:
	// those look every 2 s. peerRestoreDelay is how long such a node waits for others to store first.
	staleTime        = 5 * time.Second
	peerRestoreDelay = 3 * monitorInterval
)

// isStale reports whether others have stored again what a stream lost, who had seen it later than
// this node. What this node has in memory, and they have not, was struck out while it was cut off.
func isStale(before, now store.StreamSnapshot) bool {
	return !now.RestoredAt.Equal(before.RestoredAt) && now.RestoredAt.Sub(before.Latest()) > staleTime
}

// mayBeStale reports whether there may be others that have seen a stream later than this node,
// which was made anew, and have not stored it again yet.
func mayBeStale(before, now store.StreamSnapshot) bool {
	return now.CreatedAt.Sub(before.Latest()) > staleTime
}

// markRestored notes in a stream that what it lost is stored again, as it was at a moment.
func (sm *streamMonitor) markRestored(ctx context.Context, stream string, until time.Time) error {
	if sm.store.IsEmbedded() {
		return nil
	}
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

// syncFromStore has the house be as a stream is that other nodes have stored again: what is in a partition of
// the book no more it strikes out, what is there it learns first, as the last operator may be another
// one. What others said, and who is forgotten, is heard from them.
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
