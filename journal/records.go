package journal

import (
	"context"

	"teahouse/internal/records"
)

// Write stores a record soon, and returns its number, which is for [Journal.WaitStored]. It never
// waits, and may be called with the hub locked. The value is the journal's from then on.
// Records of a partition are stored in the order in which they were written last, as long as none is refused;
// if the process dies meanwhile, the later ones may be missing. Records that are written after
// Close began may be lost.
func (j *Journal) Write(r records.Record) uint64 { return j.records.write(r) }

// WaitStored waits until the records with the numbers after one up to another are stored, for
// settleTimeout at most. The error is [records.ErrNotStored], or [records.ErrRefused] where the
// engine refuses one.
func (j *Journal) WaitStored(after, last uint64) error { return j.records.waitStored(after, last) }

// Records returns the records that are stored, those of each partition in the order in which they
// were written. It is for the start, before the first Write.
func (j *Journal) Records(ctx context.Context) ([]records.Record, error) { return j.records.all(ctx) }

// Watch has apply called with the records that other nodes write from now on, those
// included that were written since Records. It is for nodes that share servers, and called
// once, after Records. It ends with the journal.
func (j *Journal) Watch(apply ApplyFunc) error { return j.records.watch(apply) }
