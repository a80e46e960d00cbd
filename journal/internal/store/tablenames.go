package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"

	"teahouse/journal/internal/layout"
)

// moveBatchSize is how many records are under both names at a time. They take much less space
// than a partition reserves for markers.
const moveBatchSize = 500

// maxMoveRounds is how often a start looks for records to move. One round moves all there are, so
// even the third means that a node of version 5 stores records all the time.
const maxMoveRounds = 10

// renameTables moves records of older versions that are under an old name of their table, see
// [layout.PresentSubject]. All streams and the folder have the current version by then, so an
// older program refuses them.
//
// Each record is copied, unless a later message is there, even a marker: what was deleted stays
// deleted. Then a marker replaces the old one. A process that is killed in between starts over.
// Several nodes may do this at the same time, while others write.
//
// A node of version 5 that was cut off when this one looked for such nodes may write later. Its
// records are moved at the next start, so this looks for them each time. Here, too, the later
// message wins, so such a record may bring back what was deleted before. What that node deletes
// stays, though: its marker looks like that of a record that was moved.
func (p *preparation) renameTables(ctx context.Context) error {
	for _, partition := range layout.Partitions() {
		b := PartitionBucket(p.Store, partition)
		if err := b.renameTables(ctx); err != nil {
			return fmt.Errorf("journal: stream %s: cannot give its tables their new names; nothing is lost, start again once that is fixed: %w", b.Stream, p.Explain(err))
		}
	}
	return nil
}

// renameTables moves the records of a bucket until a look at it finds none to move: others may have
// stored some meanwhile, or the acknowledgement of a copy may be lost.
func (b *Bucket) renameTables(ctx context.Context) error {
	for range maxMoveRounds {
		old, last, err := b.oldRecords(ctx)
		if err != nil || len(old) == 0 {
			return err
		}
		moved := 0
		for batch := range slices.Chunk(old, moveBatchSize) {
			n := 0
			err := b.st.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
				n, err = b.moveRecords(ctx, batch, last)
				return err
			})
			if err != nil {
				return err
			}
			moved += n
		}
		if moved > 0 {
			b.st.Log.Info("journal: moved records to tables with new names", "stream", b.Stream, "count", moved)
		}
	}
	return fmt.Errorf("there are still some after %d rounds; stop the nodes of older versions, which store them", maxMoveRounds)
}

// oldRecords returns the records under an old name of their table, and the last message of each
// subject, even if it is below the floor: the engine compares with that one.
func (b *Bucket) oldRecords(ctx context.Context) (old []layout.Message, last map[string]uint64, err error) {
	r := b.NewReader()
	last = map[string]uint64{}
	err = b.st.Scan(ctx, b.Stream, func(m layout.Message) error {
		r.Add(m)
		last[m.Subject] = m.Seq
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	c, err := r.Finish()
	if err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(c.Live(), func(m layout.Message) bool { return layout.PresentSubject(m.Subject) == m.Subject }), last, nil
}

// moveRecords moves records to their present subjects, and returns how many it has moved. It leaves
// those for which another node has just stored something. Last has the last message of each
// subject.
func (b *Bucket) moveRecords(ctx context.Context, old []layout.Message, last map[string]uint64) (moved int, err error) {
	var markers []*nats.Msg
	for part := range slices.Chunk(old, PublishBatchSize) {
		var copies, replaced []*nats.Msg
		for _, m := range part {
			marker, present := ConditionalMsg(m.Subject, nil, m.Seq), layout.PresentSubject(m.Subject)
			if m.Seq < last[present] {
				markers = append(markers, marker)
				continue
			}
			copies, replaced = append(copies, ConditionalMsg(present, m.Data, last[present])), append(replaced, marker)
		}
		for i, sent := range b.st.PublishAll(ctx, copies) {
			switch {
			case sent.Err == nil:
				markers = append(markers, replaced[i])
			case !IsSeqConflict(sent.Err):
				return 0, sent.Err
			}
		}
	}
	if err := b.st.syncStream(b.Stream); err != nil { // a power cut must not take only the copies
		return 0, err
	}
	return len(markers), b.st.publishConditional(ctx, markers)
}
