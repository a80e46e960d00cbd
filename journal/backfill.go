package journal

import (
	"context"
	"fmt"
	"slices"

	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// Backfill stores what happened in a room in a process of another node, as that would have; see
// [Journal.Identity]. It may be there already, or be stored once more by that node: who reads
// drops the repeats. It returns a message in the store that none of that is after.
func (j *Journal) Backfill(ctx context.Context, identity, name string, events []*room.Event) (last uint64, err error) {
	events = slices.DeleteFunc(slices.Clone(events), func(e *room.Event) bool {
		return e.Kind != room.Forgot && j.eraser.isHidden(e.User.Person, e.Time)
	})
	for _, b := range makeBatches(events, identity) {
		// Not the id that its own process gives it: the engine would drop what that stores.
		b.id = fmt.Sprintf("%s.saved.%d", j.identity, j.backfilled.Add(1))
		if err := j.storeBatch(ctx, name, b); err != nil {
			return last, fmt.Errorf("journal: cannot store what another node said: %w", j.store.Explain(err))
		}
		last = b.entry.Seq
		j.countStored(b.entry.Events)
		if b.tombstone != nil {
			j.eraser.add(map[string]*layout.StoredEvent{b.tombstone.Key: b.tombstone})
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

// BackfillAtClose has the journal, as it closes, store what happened in a process of another node,
// by room, and is not in the store by then. It would be after a message.
func (j *Journal) BackfillAtClose(identity string, after uint64, rooms map[string][]*room.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.backfills = append(j.backfills, &backfill{identity, after, rooms})
}

// storeBackfills stores what was left to it by [Journal.BackfillAtClose]. Where it cannot, that is not
// lost yet: its own nodes have it, unless they have died.
func (w *writer) storeBackfills() {
	w.mu.Lock()
	heritages := w.backfills
	w.mu.Unlock()
	for i, h := range heritages {
		if !w.retryUntilClosed(func(ctx context.Context) error { return w.storeBackfill(ctx, h) }) {
			return
		}
		w.mu.Lock()
		w.backfills = heritages[i+1:]
		w.mu.Unlock()
	}
}

// storeBackfill stores what is not in the store.
func (j *Journal) storeBackfill(ctx context.Context, h *backfill) error {
	type number struct {
		room string
		seq  uint64
	}
	there := map[number]bool{}
	_, err := j.ReadAfter(ctx, h.after, func(by, name string, e *room.Event) {
		if by == h.identity {
			there[number{name, e.Seq}] = true
		}
	})
	if err != nil {
		return err
	}
	for name, events := range h.rooms {
		missing := slices.DeleteFunc(slices.Clone(events), func(e *room.Event) bool { return there[number{name, e.Seq}] })
		if _, err := j.Backfill(ctx, h.identity, name, missing); err != nil {
			return err
		}
	}
	return nil
}

// backfillSize returns how many events [Journal.BackfillAtClose] has left to it.
func (j *Journal) backfillSize() (n uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, h := range j.backfills {
		n += uint64(h.size())
	}
	return n
}
