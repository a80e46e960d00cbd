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
