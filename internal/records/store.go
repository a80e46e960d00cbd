package records

import (
	"context"
	"errors"
)

// A Store keeps records so that they outlast the process. The server reads all of them when it
// starts, keeps them in memory from then on, and writes what changes.
type Store interface {
	// Write replaces the record with the same table and key. It does not wait: the record
	// is stored soon after, and retried until that works. Records of a key must be written in the
	// order in which they changed. It returns the record's number, which grows by one each time.
	Write(Record) uint64

	// WaitStored waits until the records numbered after+1 to last are stored and so outlast the
	// process, until ctx ends and for a few seconds at most. It returns [ErrNotStored] if they are
	// not stored by then, and [ErrRefused] if the store refuses one of them. It must not be called
	// with a lock held.
	WaitStored(ctx context.Context, after, last uint64) error
}

// The reasons why a record is not stored.
var (
	ErrNotStored = errors.New("records: the store takes nothing at the moment")
	ErrRefused   = errors.New("records: the store refuses a record")
)
