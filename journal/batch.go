package journal

import (
	"bytes"
	"fmt"

	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// maxBatchBytes is about how large a message becomes.
const maxBatchBytes = 128 << 10

// A batch is some events that are stored as one message.
type batch struct {
	id        string // the same whenever the batch is sent
	data      bytes.Buffer
	entry     indexEntry          // Seq is still missing
	tombstone *layout.StoredEvent // the last event of the batch, where that is one
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

// isFull reports whether the next event has to go into another batch. What was
// said before a tombstone is stored before it is erased, so a tombstone is the
// last of its batch.
func (b *batch) isFull() bool { return b.data.Len() >= maxBatchBytes || b.tombstone != nil }

// makeBatches encodes events. Those of which nothing is stored are left out.
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
