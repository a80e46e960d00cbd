package journal

import (
	"context"
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

const (
	// maxTake is how many events the writer takes at once.
	maxTake = 1024

	// gatherDelay is how long the writer lets events gather before it takes them, unless a room has
	// gatherMost before. Messages then hold more events, a busy room costs ten messages a second,
	// and readers get a line before it is stored. The price is that a killed process loses that
	// much of the conversation.
	gatherDelay = 100 * time.Millisecond
	gatherMost  = maxTake / 2

	// eraseTimeout limits one pass of the eraser.
	eraseTimeout = time.Minute

	// After an error the writer retries after minRetryDelay, then less and less often.
	minRetryDelay = 250 * time.Millisecond
	maxRetryDelay = time.Second

	// maxTrimPerBatch is how many messages beyond the limits are dropped for each one stored.
	maxTrimPerBatch = 64
)

// A writer is the goroutine that stores room events.
type writer struct {
	*history
	backfills    *backfills
	subscription *room.Subscription
	gathered     int                 // rooms whose events have waited and are not taken yet
	outage       *outage             // nil while it keeps up
	closedRooms  map[ids.Room]uint64 // closed rooms, to be erased up to a message
}

// An outage lasts from the first failed write until everything that waited is written.
type outage struct {
	began        time.Time
	storedBefore uint64 // events stored before it
	lostBefore   uint64
}

// run stores events until the journal closes, then what is left in the rings.
func (w *writer) run() {
	buf := make([]*room.Event, 0, maxTake)
	for {
		err := w.waitForEvents()
		name, events, dropped := w.take(buf)
		w.countMissed(dropped)
		if err != nil && len(events) == 0 && dropped == 0 {
			w.storeBackfills()
			return
		}
		w.eraseClosedRooms() // later, because a room may be closed, and another one founded, at any time
		if !w.storeEvents(name, events) {
			w.countRemainingLost(buf)
			w.storeBackfills()
			return
		}
		if w.subscription.Lag() < gatherMost {
			w.logRecovery()
		}
		began := time.Now()
		if err := w.people.store(w.workCtx, w.store); err != nil {
			w.log.Debug("journal: who is here is not stored yet", "err", w.store.Explain(err))
			w.reviveEmbedded(began)
		}
	}
}

// waitForEvents waits until something happens, or until it is time to retry what failed; then it
// lets more events gather, in all rooms at once: it returns at once for each room that has some. It
// returns an error when the journal closes.
func (w *writer) waitForEvents() error {
	if w.gathered > 0 {
		w.gathered--
		return w.followCtx.Err()
	}
	ctx, cancel := w.followCtx, context.CancelFunc(func() {})
	if w.people.isDirty() || len(w.closedRooms) > 0 {
		ctx, cancel = context.WithTimeout(ctx, peopleRetryDelay)
	}
	defer cancel()
	if w.subscription.Wait(ctx) != nil {
		return w.followCtx.Err()
	}
	err := w.subscription.Gather(w.followCtx, gatherMost, gatherDelay)
	w.gathered = max(0, w.subscription.Behind()-1)
	return err
}

// eraseClosedRooms erases the history of closed rooms, up to the last message known at the time
// of closing, since a room of the same name may be founded at any time. What fails is retried,
// in the end by the next start.
func (w *writer) eraseClosedRooms() {
	for _, name := range w.subscription.ClosedRooms() {
		if last := w.indexes.remove(name); last > 0 {
			w.closedRooms[name] = last
		}
	}
	for name, last := range w.closedRooms {
		ctx, cancel := context.WithTimeout(w.workCtx, store.AckTimeout)
		err := w.store.PurgeSubject(ctx, layout.RoomStream, layout.RoomSubject(name), last+1)
		cancel()
		if err != nil {
			w.log.Debug("journal: the history of a closed room is not erased yet", "err", w.store.Explain(err))
			return
		}
		delete(w.closedRooms, name)
	}
}

// storeEvents stores events of a room, however long that takes. It returns false if the journal
// had to close first; events not stored are counted as lost.
func (w *writer) storeEvents(name ids.Room, events []*room.Event) bool {
	defer w.setInFlight("", nil)
	events = localEvents(events)
	batches := makeBatches(events, w.identity)
	for i, b := range batches {
		if !w.retryUntilClosed(func(ctx context.Context) error { return w.storeLocalBatch(ctx, name, b) }) {
			for _, left := range batches[i:] {
				w.countLost(uint64(left.entry.Events))
			}
			return false
		}
		w.countStored(b.entry.Events)
		if b.tombstone != nil {
			w.eraser.add(map[ids.Account]*layout.StoredEvent{b.tombstone.Key: b.tombstone})
		}
	}
	w.trimRoom(name)
	return true
}

// localEvents returns the events that no other node stores.
func localEvents(events []*room.Event) []*room.Event {
	return slices.DeleteFunc(events, func(e *room.Event) bool { return e.Peer != "" })
}

// countMissed counts events that fell off the ring before they were read.
func (w *writer) countMissed(dropped uint64) {
	if dropped > 0 {
		w.countLost(dropped)
		w.log.Error("the journal fell behind; some events are not stored", "events", dropped)
	}
}

// storeLocalBatch stores a batch of this process's own events.
func (w *writer) storeLocalBatch(ctx context.Context, name ids.Room, b *batch) error {
	if err := w.storeBatch(ctx, name, b); err != nil {
		return err
	}
	w.lastSeq.Store(b.entry.Seq)
	return nil
}

// storeBatch sends a batch and waits for the acknowledgement.
func (h *history) storeBatch(ctx context.Context, name ids.Room, b *batch) error {
	ctx, cancel := context.WithTimeout(ctx, store.AckTimeout)
	defer cancel()
	seq, err := h.store.Publish(ctx, layout.RoomSubject(name), b.id+"."+layout.EncodeToken(string(name)), b.data.Bytes())
	if err != nil {
		return err
	}
	b.entry.Seq = seq
	h.indexes.with(name, func(x *index) { x.add(b.entry) })
	return nil
}

// retryUntilClosed calls do until it succeeds. It returns false if the journal had to close
// first.
func (w *writer) retryUntilClosed(do func(context.Context) error) bool {
	for retry := minRetryDelay; ; retry = min(2*retry, maxRetryDelay) {
		began := time.Now()
		err := do(w.workCtx)
		if err == nil {
			w.noteSuccess()
			return true
		}
		if w.outage == nil {
			s := w.current()
			w.outage = &outage{began: time.Now(), storedBefore: s.Stored, lostBefore: s.Lost}
		}
		w.noteFailure(w.store.Explain(err))
		select {
		case <-time.After(retry):
		case <-w.workCtx.Done():
			return false
		}
		w.people.catchUp()
		if err := w.store.Revive(w.workCtx, began); err != nil {
			w.noteFailure(err)
		}
	}
}

// logRecovery logs the end of an outage, once everything that waited is stored.
func (w *writer) logRecovery() {
	if w.outage == nil {
		return
	}
	s := w.current()
	w.log.Info("the journal is written again", "away", time.Since(w.outage.began).Round(time.Millisecond),
		"caught up", s.Stored-w.outage.storedBefore, "lost", s.Lost-w.outage.lostBefore)
	w.outage = nil
}

// countRemainingLost counts the events left in the rings as lost.
func (w *writer) countRemainingLost(buf []*room.Event) {
	for {
		_, events, dropped := w.subscription.Take(buf)
		if len(events) == 0 && dropped == 0 {
			return
		}
		w.countMissed(dropped)
		for _, b := range makeBatches(events, w.identity) {
			w.countLost(uint64(b.entry.Events))
		}
	}
}

// trimRoom drops what exceeds a room's limits. The next start drops what it fails to.
func (w *writer) trimRoom(name ids.Room) {
	var exceeds bool
	w.indexes.with(name, func(x *index) { exceeds = x.exceeds(room.LimitsForRoom(w.config.HistoryLimits, name), time.Now()) })
	if !exceeds {
		return
	}
	ctx, cancel := context.WithTimeout(w.workCtx, store.AckTimeout)
	defer cancel()
	kept, err := w.store.CurrentHistoryLimits(ctx)
	if err != nil {
		w.log.Debug("journal: the other nodes' limits are unknown, and old lines stay for now", "err", err)
		return
	}
	var seqs []uint64
	w.indexes.with(name, func(x *index) { seqs = x.takeExcess(room.LimitsForRoom(kept, name), time.Now(), maxTrimPerBatch) })
	if len(seqs) == 0 {
		return
	}
	if err := w.store.DeleteMessages(ctx, layout.RoomStream, seqs); err != nil {
		w.log.Debug("journal: old lines stay for now", "err", err)
	}
}
