package journal

import (
	"bytes"
	"fmt"

	"teahouse/room"
)

// batchBytes is about how large a message becomes.
const batchBytes = 128 << 10

// A batch is some events that are stored as one message.
type batch struct {
	id        string // the same whenever the batch is sent
	data      bytes.Buffer
	entry     entry   // Seq is still missing
	tombstone *record // the last event of the batch, where that is one
}

func (b *batch) add(r *record) {
	if b.entry.Events == 0 {
		b.id = fmt.Sprintf("%s.%d", r.By, r.Seq)
	}
	encodeLine(&b.data, r)
	b.entry.count(r)
	if r.Kind == "forgot" {
		b.tombstone = r
	}
}

// full reports whether the next event has to go into another batch. What was
// said before a tombstone is stored before it is erased, so a tombstone is the
// last of its batch.
func (b *batch) full() bool { return b.data.Len() >= batchBytes || b.tombstone != nil }

// makeBatches encodes events. Those of which nothing is stored are left out.
func makeBatches(events []*room.Event, by string) []*batch {
	var batches []*batch
	for _, e := range events {
		r, ok := newRecord(e, by)
		if !ok {
			continue
		}
		if n := len(batches); n == 0 || batches[n-1].full() {
			batches = append(batches, &batch{})
		}
		batches[len(batches)-1].add(&r)
	}
	return batches
}
