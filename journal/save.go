package journal

import (
	"context"
	"fmt"
	"slices"

	"teahouse/room"
)

// Save stores what happened in a room in a process of another node, as that would have; see
// [Journal.Identity]. It may be there already, or be stored once more by that node: who reads
// drops the repeats. It returns a message in the store that none of that is after.
func (j *Journal) Save(ctx context.Context, identity, name string, events []*room.Event) (last uint64, err error) {
	events = slices.DeleteFunc(slices.Clone(events), func(e *room.Event) bool {
		return e.Kind != room.Forgot && j.eraser.hides(e.Who.Key, e.Time)
	})
	for _, b := range makeBatches(events, identity) {
		// Not the id that its own process gives it: the engine would drop what that stores.
		b.id = fmt.Sprintf("%s.saved.%d", j.identity, j.saved.Add(1))
		if err := j.store(ctx, name, b); err != nil {
			return last, fmt.Errorf("journal: cannot store what another node said: %w", j.engine.explain(err))
		}
		last = b.entry.Seq
		j.countKept(b.entry.Events)
		if b.tombstone != nil {
			j.eraser.add(map[string]*record{b.tombstone.Key: b.tombstone})
		}
	}
	return last, nil
}

// A heritage is what happened in a process of another node that may not live to store it.
type heritage struct {
	identity string
	after    uint64 // the message after which it is in the store, if it is
	rooms    map[string][]*room.Event
}

func (h *heritage) size() (n int) {
	for _, events := range h.rooms {
		n += len(events)
	}
	return n
}

// SaveAtClose has the journal, as it closes, store what happened in a process of another node,
// by room, and is not in the store by then. It would be after a message.
func (j *Journal) SaveAtClose(identity string, after uint64, rooms map[string][]*room.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.heritages = append(j.heritages, &heritage{identity, after, rooms})
}

// saveLast stores what was left to it by [Journal.SaveAtClose]. Where it cannot, that is not
// lost yet: its own nodes have it, unless they have died.
func (w *writer) saveLast() {
	w.mu.Lock()
	heritages := w.heritages
	w.mu.Unlock()
	for i, h := range heritages {
		if !w.insist(func(ctx context.Context) error { return w.saveMissing(ctx, h) }) {
			return
		}
		w.mu.Lock()
		w.heritages = heritages[i+1:]
		w.mu.Unlock()
	}
}

// saveMissing stores what is not in the store.
func (j *Journal) saveMissing(ctx context.Context, h *heritage) error {
	type number struct {
		room string
		seq  uint64
	}
	there := map[number]bool{}
	_, err := j.Tail(ctx, h.after, func(by, name string, e *room.Event) {
		if by == h.identity {
			there[number{name, e.Seq}] = true
		}
	})
	if err != nil {
		return err
	}
	for name, events := range h.rooms {
		missing := slices.DeleteFunc(slices.Clone(events), func(e *room.Event) bool { return there[number{name, e.Seq}] })
		if _, err := j.Save(ctx, h.identity, name, missing); err != nil {
			return err
		}
	}
	return nil
}

// inherited returns how many events [Journal.SaveAtClose] has left to it.
func (j *Journal) inherited() (n uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, h := range j.heritages {
		n += uint64(h.size())
	}
	return n
}
