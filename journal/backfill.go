package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// Backfill stores events of another node's process on its behalf, under its identity; see
// [Journal.Identity]. The store may already have them, or that node may store them again later:
// readers drop the duplicates. Backfill returns a sequence number in the stream by which all of
// them are stored.
func (j *Journal) Backfill(ctx context.Context, identity string, name ids.Room, events []*room.Event) (last uint64, err error) {
	return j.history.backfill(ctx, identity, name, events)
}

func (h *history) backfill(ctx context.Context, identity string, name ids.Room, events []*room.Event) (last uint64, err error) {
	events = slices.DeleteFunc(slices.Clone(events), func(e *room.Event) bool {
		return e.Kind != room.Forgot && h.eraser.isHidden(e.User.Person, e.Time)
	})
	for _, b := range makeBatches(events, identity) {
		// Use our own message ID: under the other process's ID, the engine would drop what that
		// process stores later.
		b.id = fmt.Sprintf("%s.saved.%d", h.identity, h.backfilled.Add(1))
		if err := h.storeBatch(ctx, name, b); err != nil {
			return last, fmt.Errorf("journal: cannot store another node's messages: %w", h.store.Explain(err))
		}
		last = b.entry.Seq
		h.countStored(b.entry.Events)
		if b.tombstone != nil {
			h.eraser.add(map[ids.Account]*layout.StoredEvent{b.tombstone.Key: b.tombstone})
		}
	}
	return last, nil
}

// A backfill holds events of another node's process, which may die before it stores them.
type backfill struct {
	identity string
	after    uint64 // the store has them by this sequence number, if at all
	rooms    map[ids.Room][]*room.Event
}

func (b *backfill) size() (n int) {
	for _, events := range b.rooms {
		n += len(events)
	}
	return n
}

// backfills are the other nodes' events to store when the journal closes.
type backfills struct {
	mu  sync.Mutex
	all []*backfill
}

func (bs *backfills) add(b *backfill) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.all = append(bs.all, b)
}

// first returns the oldest backfill, or nil if there is none.
func (bs *backfills) first() *backfill {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if len(bs.all) == 0 {
		return nil
	}
	return bs.all[0]
}

// removeFirst removes the oldest backfill.
func (bs *backfills) removeFirst() {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.all = bs.all[1:]
}

// size returns the number of events in all backfills.
func (bs *backfills) size() (n uint64) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, b := range bs.all {
		n += uint64(b.size())
	}
	return n
}

// BackfillAtClose tells the journal to store, when it closes, those of another process's events,
// by room, that the store lacks by then. The store can only have them after the given sequence
// number.
func (j *Journal) BackfillAtClose(identity string, after uint64, rooms map[ids.Room][]*room.Event) {
	j.backfills.add(&backfill{identity, after, rooms})
}

// storeBackfills stores the events passed to [Journal.BackfillAtClose]. A failure does not lose
// them yet: their own nodes still have them, unless they have died.
func (w *writer) storeBackfills() {
	for b := w.backfills.first(); b != nil; b = w.backfills.first() {
		if !w.retryUntilClosed(func(ctx context.Context) error { return w.storeBackfill(ctx, b) }) {
			return
		}
		w.backfills.removeFirst()
	}
}

// storeBackfill stores those events of b that the store lacks.
func (h *history) storeBackfill(ctx context.Context, b *backfill) error {
	type number struct {
		room ids.Room
		seq  uint64
	}
	there := map[number]bool{}
	_, err := h.readAfter(ctx, b.after, func(by string, name ids.Room, e *room.Event) {
		if by == b.identity {
			there[number{name, e.Seq}] = true
		}
	})
	if err != nil {
		return err
	}
	for name, events := range b.rooms {
		missing := slices.DeleteFunc(slices.Clone(events), func(e *room.Event) bool { return there[number{name, e.Seq}] })
		if _, err := h.backfill(ctx, b.identity, name, missing); err != nil {
			return err
		}
	}
	return nil
}
