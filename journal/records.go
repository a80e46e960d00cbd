package journal

import (
	"context"

	"teahouse/internal/records"
)

// Write queues a record and returns its number, which is for [Journal.WaitStored]. It never
// blocks, and may be called with the hub's lock held. The journal owns the value from then on.
// Records of a partition are stored in the order of their last writes, as long as the engine
// rejects none; if the process dies meanwhile, the later ones may be missing. Records written
// after Close has begun may be lost.
func (j *Journal) Write(r records.Record) uint64 { return j.records.write(r) }

// WaitStored waits until the records numbered from after+1 to last are stored, until ctx ends and
// for settleTimeout at most. The error is [records.ErrNotStored], or [records.ErrRefused] if the
// engine rejected one.
func (j *Journal) WaitStored(ctx context.Context, after, last uint64) error {
	return j.records.waitStored(ctx, after, last)
}

// Records returns the stored records, those of each partition in the order in which they were
// written. Call it at the start, before the first Write.
func (j *Journal) Records(ctx context.Context) ([]records.Record, error) { return j.records.all(ctx) }

// Watch calls apply with the records that other nodes write, starting with those written since
// Records. It is for nodes that share NATS servers; call it once, after Records. It ends with
// the journal.
func (j *Journal) Watch(apply ApplyFunc) error { return j.records.watch(apply) }
