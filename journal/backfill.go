package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// Backfill stores what happened in a room in a process of another node, as that would have; see
// [Journal.Identity]. It may be there already, or be stored once more by that node: who reads
// drops the repeats. It returns a message in the store that none of that is after.
func (j *Journal) Backfill(ctx context.Context, identity, name string, events []*room.Event) (last uint64, err error) {
	return j.history.backfill(ctx, identity, name, events)
}

func (h *history) backfill(ctx context.Context, identity, name string, events []*room.Event) (last uint64, err error) {
	events = slices.DeleteFunc(slices.Clone(events), func(e *room.Event) bool {
		return e.Kind != room.Forgot && h.eraser.isHidden(e.User.Person, e.Time)
	})
	for _, b := range makeBatches(events, identity) {
		// Not the id that its own process gives it: the engine would drop what that stores.
		b.id = fmt.Sprintf("%s.saved.%d", h.identity, h.backfilled.Add(1))
		if err := h.storeBatch(ctx, name, b); err != nil {
			return last, fmt.Errorf("journal: cannot store what another node said: %w", h.store.Explain(err))
		}
		last = b.entry.Seq
		h.countStored(b.entry.Events)
		if b.tombstone != nil {
			h.eraser.add(map[string]*layout.StoredEvent{b.tombstone.Key: b.tombstone})
		}
	}
	return last, nil
}

// A backfill is what happened in a process of another node that may not live to store it.
type backfill struct {
	identity string
	after    uint64 // the message after which it is in the store, if it is
	rooms    map[string][]*room.Event
}

func (b *backfill) size() (n int) {
	for _, events := range b.rooms {
		n += len(events)
	}
	return n
}

// backfills are what other nodes left to be stored at the end.
type backfills struct {
	mu  sync.Mutex
	all []*backfill
}

func (bs *backfills) add(b *backfill) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.all = append(bs.all, b)
}

// first returns the oldest, nil where there is none.
func (bs *backfills) first() *backfill {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if len(bs.all) == 0 {
		return nil
	}
	return bs.all[0]
}

// removeFirst takes out the oldest.
func (bs *backfills) removeFirst() {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.all = bs.all[1:]
}

// size returns how many events are in them.
func (bs *backfills) size() (n uint64) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, b := range bs.all {
		n += uint64(b.size())
	}
	return n
}

// BackfillAtClose has the journal, as it closes, store what happened in a process of another node,
// by room, and is not in the store by then. It would be after a message.
func (j *Journal) BackfillAtClose(identity string, after uint64, rooms map[string][]*room.Event) {
	j.backfills.add(&backfill{identity, after, rooms})
}

// storeBackfills stores what was left to it by [Journal.BackfillAtClose]. Where it cannot, that is not
// lost yet: its own nodes have it, unless they have died.
func (w *writer) storeBackfills() {
	for b := w.backfills.first(); b != nil; b = w.backfills.first() {
		if !w.retryUntilClosed(func(ctx context.Context) error { return w.storeBackfill(ctx, b) }) {
			return
		}
		w.backfills.removeFirst()
	}
}

// storeBackfill stores what is not in the store.
func (h *history) storeBackfill(ctx context.Context, b *backfill) error {
	type number struct {
		room string
		seq  uint64
	}
	there := map[number]bool{}
	_, err := h.readAfter(ctx, b.after, func(by, name string, e *room.Event) {
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
