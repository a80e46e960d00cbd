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
	// monitorInterval is how often it is looked whether the streams have what they had.
	monitorInterval = 2 * time.Second

	// truncationDelay is for how long a stream must have less than it had until that counts: a
	// server that is cut off with what it led goes on answering for ten seconds, and does not
	// know of what others stored meanwhile.
	truncationDelay = 15 * time.Second
)

// A streamMonitor looks whether the streams are still those that were there at the start, with all
// that they had. What somebody has erased, or a disk has lost, is stored again as far as it is
// in memory.
//
// One goroutine uses it.
type streamMonitor struct {
	*history
	records          *recordStore
	hub              *room.Hub
	truncationDelay  time.Duration          // truncationDelay, but in tests
	peerRestoreDelay time.Duration          // peerRestoreDelay, but in tests
	truncations      map[string]*truncation // streams that end earlier than they did
	losses           map[string]*loss       // what is to be stored again, by stream
	streamMissing    bool                   // a stream was not there at the last look
}

// A truncation is that a stream ends earlier than it did.
type truncation struct {
	began  time.Time
	lowest uint64 // its last message then
}

// A loss is what a stream has lost.
type loss struct {
	since         time.Time // what is stored after that is there; zero where the stream was made anew
	noticed       time.Time
	failureLogged bool // it could not be stored again, which is logged
}

// MonitorStreams has the streams be looked after from now on: where they have lost something that the
// house, or the journal, has in memory, that is stored again. It is for once the house has the
// rows, and called once.
func (j *Journal) MonitorStreams(h *room.Hub) {
	if j.store.IsEmbedded() && j.store.InMemory {
		return // there is nothing that others could erase
	}
	g := newStreamMonitor(j, h)
	g.check(j.followCtx)
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

// check looks at each stream. Those that are gone are made anew by the second look: who
// writes makes them, too, and servers that have just elected may not know of them yet.
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

// compare looks whether a stream has what it had.
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
	case before.IsEmptied(now) && strings.HasPrefix(stream, layout.BucketPrefix): // by itself a bucket never is
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

// isTruncated reports whether a stream has lost its last messages. Where it ends earlier than it did
// that has to last for some time; where it does not, others may have stored as many since.
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

// reportLoss notes that a stream has lost what was stored until some moment, and tells of it.
func (sm *streamMonitor) reportLoss(stream string, since time.Time, details ...any) {
	sm.losses[stream] = &loss{since: since, noticed: time.Now()}
	sm.countLoss()
	sm.log.Error("journal: the store has lost some of what it had", append([]any{"stream", stream}, details...)...)
	switch stream {
	case layout.RoomStream:
		sm.indexes.clear()
	case layout.DirectMessageStream:
		if waited := sm.store.Snapshots.Last(stream).Messages; waited > 0 {
			sm.log.Error("journal: private messages that waited are gone, for good", "waited", waited)
		}
	}
}

// restoreLost stores again what a stream has lost, as far as that is in memory, unless others have who
// know more.
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
		sm.log.Warn("journal: nodes that were not cut off have stored again what the store has lost; what they have not is struck out here, too", "stream", stream)
	case stored > 0:
		sm.log.Warn("journal: what the store has lost is stored again from memory", "stream", stream, "stored", stored)
	}
}

// restoreFromMemory does so for the stream's kind, and returns how much was stored.
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
