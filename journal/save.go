package journal

import (
	"context"
	"fmt"
	"slices"

	"teahouse/room"
)

// A heritage is what happened in a room in a process of another node, which is gone.
type heritage struct {
	identity, room string
	events         []*room.Event
}

// Save stores what happened in a room in a process of another node, as that would have; see
// [Journal.Identity]. It may be there already, or be stored once more by that node: who reads
// drops the repeats. It returns a message in the store that none of that is after.
func (j *Journal) Save(ctx context.Context, identity, name string, events []*room.Event) (last uint64, err error) {
	for _, b := range j.batchesOf(&heritage{identity, name, events}) {
		if err := j.saveBatch(ctx, name, b); err != nil {
			return last, fmt.Errorf("journal: cannot store what another node said: %w", j.engine.explain(err))
		}
		last = b.entry.Seq
	}
	return last, nil
}

// SaveAtClose is Save for when there is no time to wait: it is done while the journal closes.
func (j *Journal) SaveAtClose(identity, name string, events []*room.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.heritages = append(j.heritages, &heritage{identity, name, events})
}

// batchesOf encodes what happened elsewhere, but for what is to be forgotten.
func (j *Journal) batchesOf(h *heritage) []*batch {
	batches := makeBatches(slices.DeleteFunc(h.events, func(e *room.Event) bool {
		return e.Kind != room.Forgot && j.eraser.hides(e.Who.Key, e.Time)
	}), h.identity)
	for _, b := range batches {
		// Not the id that its own process gives it: the engine would drop what that stores.
		b.id = fmt.Sprintf("%s.saved.%d", j.identity, j.saved.Add(1))
	}
	return batches
}

func (j *Journal) saveBatch(ctx context.Context, name string, b *batch) error {
	if err := j.store(ctx, name, b); err != nil {
		return err
	}
	j.countKept(b.entry.Events)
	if b.tombstone != nil {
		j.eraser.add(map[string]*record{b.tombstone.Key: b.tombstone})
	}
	return nil
}

// saveLast stores what was left to it by [Journal.SaveAtClose], or counts it as lost.
func (w *writer) saveLast() {
	w.mu.Lock()
	heritages := w.heritages
	w.mu.Unlock()
	for _, h := range heritages {
		for _, b := range w.batchesOf(h) {
			if !w.insist(func(ctx context.Context) error { return w.saveBatch(ctx, h.room, b) }) {
				w.countLost(uint64(b.entry.Events))
			}
		}
	}
}

// inherited returns how many events [Journal.SaveAtClose] has left to be stored.
func (j *Journal) inherited() (n uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, h := range j.heritages {
		n += uint64(len(h.events))
	}
	return n
}
