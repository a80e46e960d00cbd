package journal

import (
	"context"
	"fmt"
	"slices"

	"teahouse/room"
)

// Save stores what happened in a room in a process of another node, as that would have; see
// [Identity]. It may be there already, or be stored once more by that node: who reads drops the
// repeats. It returns a message in the store that none of that is after.
func (j *Journal) Save(ctx context.Context, identity, name string, events []*room.Event) (last uint64, err error) {
	events = slices.DeleteFunc(events, func(e *room.Event) bool { return e.Kind != room.Forgot && j.eraser.hides(e.Who.Key, e.Time) })
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
