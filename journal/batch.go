package journal

import (
	"bytes"
	"fmt"

	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// maxBatchBytes is the approximate maximum size of a message.
const maxBatchBytes = 128 << 10

// A batch is a group of events that are stored as one message.
type batch struct {
	id        string // the same for every retry, so that the engine drops duplicates
	data      bytes.Buffer
	entry     indexEntry          // Seq is set once the batch is stored
	tombstone *layout.StoredEvent // the last event, if that is a tombstone
}

func (b *batch) add(r *layout.StoredEvent) {
	if b.entry.Events == 0 {
		b.id = fmt.Sprintf("%s.%d", r.By, r.Seq)
	}
	layout.EncodeJSONLine(&b.data, r)
	b.entry.count(r)
	if r.Kind == "forgot" {
		b.tombstone = r
	}
}

// isFull reports whether the next event needs a new batch. A tombstone is the last event of its
// batch, because everything before it must be stored before it can be erased.
func (b *batch) isFull() bool { return b.data.Len() >= maxBatchBytes || b.tombstone != nil }

// makeBatches encodes events, leaving out those that are not stored.
func makeBatches(events []*room.Event, by string) []*batch {
	var batches []*batch
	for _, e := range events {
		r, ok := layout.NewStoredEvent(e, by)
		if !ok {
			continue
		}
		if n := len(batches); n == 0 || batches[n-1].isFull() {
			batches = append(batches, &batch{})
		}
		batches[len(batches)-1].add(&r)
	}
	return batches
}
