package journal

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

const (
	// monitorInterval is the time between two looks at the streams.
	monitorInterval = 2 * time.Second

	// truncationDelay is how long a stream must stay shorter than before until that counts as a
	// loss. A leader that is cut off from its cluster goes on answering for ten seconds, without
	// what others stored meanwhile.
	truncationDelay = 15 * time.Second
)

// A streamMonitor checks that the streams are still the ones that were there at the start, and
// that they still have everything. Data that somebody deleted, or a disk lost, is stored again
// as far as it is in memory.
//
// Only one goroutine uses it.
type streamMonitor struct {
	*history
	records          *recordStore
	hub              *room.Hub
	truncationDelay  time.Duration          // the constant, except in tests
	peerRestoreDelay time.Duration          // the constant, except in tests
	truncations      map[string]*truncation // streams that are shorter than before
	losses           map[string]*loss       // what to store again, by stream
	streamMissing    bool                   // a stream was missing at the last check
}

// A truncation is a stream that is shorter than before.
type truncation struct {
	began  time.Time
	lowest uint64 // lowest last message seen since then
}

// A loss is data missing from a stream.
type loss struct {
	since         time.Time // messages stored later are there; zero if the stream was recreated
	noticed       time.Time
	failureLogged bool // a failed attempt to store it again was logged
}

// monitorStreams starts watching the streams: if they lose data that the hub or the journal has in
// memory, that is stored again. The hub has loaded its records.
func (j *Journal) monitorStreams(ctx context.Context, h *room.Hub) {
	if j.store.IsEmbedded() && j.store.InMemory {
		return // nobody else can delete anything
	}
	g := newStreamMonitor(j, h)
	g.check(ctx)
	j.goroutines.Go(g.run)
}

func newStreamMonitor(j *Journal, h *room.Hub) *streamMonitor {
	return &streamMonitor{history: j.history, records: j.records, hub: h, truncationDelay: truncationDelay, peerRestoreDelay: peerRestoreDelay, truncations: map[string]*truncation{}, losses: map[string]*loss{}}
}

func (sm *streamMonitor) run() {
	tick := time.NewTicker(monitorInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			sm.check(sm.followCtx)
		case <-sm.followCtx.Done():
			return
		}
	}
}

// check looks at each stream. It recreates missing streams at the second look only: a writer may
// create them, too, and servers that have just elected a leader may not know of them yet.
func (sm *streamMonitor) check(ctx context.Context) {
	absent := false
	for _, want := range sm.store.WantedStreams() {
		now, err := sm.store.Snapshot(ctx, want.Name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			absent = true
		case err == nil:
			sm.compare(ctx, want.Name, now)
		}
	}
	if absent && sm.streamMissing {
		absent = false
		if err := sm.store.RecreateStreams(ctx); err != nil {
			sm.log.Debug("journal: streams that are gone cannot be made anew yet", "err", err)
		}
	}
	sm.streamMissing = absent
}

// compare checks that a stream still has everything it had.
func (sm *streamMonitor) compare(ctx context.Context, stream string, now store.StreamSnapshot) {
	before := sm.store.Snapshots.Last(stream)
	cut, err := false, error(nil)
	if sm.losses[stream] == nil && !before.IsRecreated(now) {
		cut, err = sm.isTruncated(ctx, stream, before, now)
	}
	switch {
	case err != nil:
		return
	case sm.losses[stream] != nil:
	case before.IsRecreated(now):
		sm.reportLoss(stream, time.Time{}, "what", "it was made anew")
	case before.IsEmptied(now) && strings.HasPrefix(stream, layout.BucketPrefix): // a bucket never empties by itself
		sm.reportLoss(stream, time.Time{}, "what", "it was emptied")
	case cut:
		sm.reportLoss(stream, before.Latest(), "what", "it ends earlier than it did", "before", before.LastSeq)
	case sm.truncations[stream] == nil:
		sm.store.Snapshots.Set(stream, now)
		return
	default:
		return
	}
	sm.restoreLost(ctx, stream, now)
}

// isTruncated reports whether a stream has lost its last messages. If it is shorter than before,
// that must last for truncationDelay; if not, other nodes may have stored as many messages
// since.
func (sm *streamMonitor) isTruncated(ctx context.Context, stream string, before, now store.StreamSnapshot) (cut bool, err error) {
	s := sm.truncations[stream]
	switch {
	case before.LastSeq == 0, now.LastSeq == before.LastSeq && now.LastTime.Equal(before.LastTime):
		return false, nil
	case now.LastSeq < before.LastSeq && s == nil:
		s = &truncation{began: time.Now(), lowest: now.LastSeq}
		sm.truncations[stream] = s
	}
	if now.LastSeq < before.LastSeq {
		s.lowest = min(s.lowest, now.LastSeq)
		return time.Since(s.began) >= sm.truncationDelay, nil
	}
	from := before.LastSeq
	if s != nil {
		from = s.lowest + 1
	}
	cut, err = sm.store.HasReusedSeq(ctx, stream, from, before)
	if err == nil && !cut { // a server may have lagged behind
		delete(sm.truncations, stream)
	}
	return cut, err
}

// reportLoss notes and logs that a stream has lost messages. Those stored later than since are
// there.
func (sm *streamMonitor) reportLoss(stream string, since time.Time, details ...any) {
	sm.losses[stream] = &loss{since: since, noticed: time.Now()}
	sm.countLoss()
	sm.log.Error("journal: the store has lost some of what it had", append([]any{"stream", stream}, details...)...)
	switch stream {
	case layout.RoomStream:
		sm.indexes.clear()
	case layout.PrivateMessageStream:
		if waited := sm.store.Snapshots.Last(stream).Messages; waited > 0 {
			sm.log.Error("journal: waiting private messages are lost for good", "waited", waited)
		}
	}
}

// restoreLost stores again what a stream has lost, as far as it is in memory, unless nodes with
// newer memory have done so.
func (sm *streamMonitor) restoreLost(ctx context.Context, stream string, now store.StreamSnapshot) {
	lost, before := sm.losses[stream], sm.store.Snapshots.Last(stream)
	ctx, cancel := context.WithTimeout(ctx, store.CompactTimeout)
	defer cancel()
	stored, err := 0, error(nil)
	switch {
	case isStale(before, now):
		err = sm.syncFromStore(ctx, stream)
	case mayBeStale(before, now) && time.Since(lost.noticed) < sm.peerRestoreDelay:
		return
	default:
		if stored, err = sm.restoreFromMemory(ctx, stream, lost.since); err == nil {
			err = sm.markRestored(ctx, stream, before.Latest())
		}
	}
	if err != nil {
		if !lost.failureLogged && ctx.Err() == nil {
			lost.failureLogged = true
			sm.log.Error("journal: what the store has lost cannot be stored again yet", "stream", stream, "err", sm.store.Explain(err))
		}
		return
	}
	delete(sm.losses, stream)
	delete(sm.truncations, stream)
	sm.store.Snapshots.Set(stream, now)
	switch {
	case isStale(before, now):
		sm.log.Warn("journal: nodes that were not cut off have stored again what the store has lost; what they lack is deleted here, too", "stream", stream)
	case stored > 0:
		sm.log.Warn("journal: what the store has lost is stored again from memory", "stream", stream, "stored", stored)
	}
}

// restoreFromMemory restores the given stream and returns how many messages it stored.
func (sm *streamMonitor) restoreFromMemory(ctx context.Context, stream string, since time.Time) (stored int, err error) {
	switch stream {
	case layout.RoomStream:
		return sm.restoreLines(ctx)
	case layout.PeopleStream:
		return restorePeople(ctx, sm.store, since, sm.people)
	}
	for _, b := range sm.records.queues {
		if layout.PartitionStream(b.partition) == stream {
			return sm.restoreRecords(ctx, b, since)
		}
	}
	return 0, nil
}
