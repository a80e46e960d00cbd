package room

import (
	"bytes"
	"encoding/json"
	"errors"
)

// A RecordStore is what a house has in writing beside what was said: whose name is
// whose, who is banned, what its operators did. It is a few small tables of
// rows. The house reads them when it opens, with [Hub.Load], keeps them in
// memory from then on, and writes down what changes.
type RecordStore interface {
	// Write puts a row in place of the one with the same table and key. It does
	// not wait: the row is stored soon after, and tried again where that fails.
	// It may be called from any goroutine, in the order in which rows changed. It
	// returns the row's number, which grows by one with each.
	Write(Record) uint64

	// WaitStored waits until the rows with the numbers after one up to another are stored,
	// so that they survive the process, for a few seconds at most. The error is
	// [ErrNotStored] where they are not by then, and [ErrRecordRefused] where the book
	// refuses one. It must not be called with the house locked.
	WaitStored(after, last uint64) error
}

// Why a row is not stored.
var (
	ErrNotStored     = errors.New("room: the book takes nothing at the moment")
	ErrRecordRefused = errors.New("room: the book refuses a row")
)

// A Record is an entry of a [RecordStore].
type Record struct {
	Table string // lower-case letters
	Key   string // any bytes, at most 256
	Value []byte // JSON; nil where there is no such row any more
}

// A Partition is a part of the [RecordStore] that is stored apart, so that none takes the place of
// another's rows.
type Partition string

// The spaces. In Desk is what anybody may write and the house can do without: what people
// typed, up to where they followed rooms, settings, whom they ignore. Reserved has the rest,
// which says who may do what, and whose a name is.
const (
	AuthorityPartition Partition = "book"
	PersonalPartition  Partition = "desk"
)

// PartitionOf returns the space of a table.
func PartitionOf(table string) Partition {
	switch table {
	case tableInputHistories, tableReadMarkers, tableSettings, tableIgnoreLists:
		return PersonalPartition
	}
	return AuthorityPartition
}

// MaxBytes returns how many bytes all rows of a space may take together, each with rowOverhead,
// and a third more of its key. All that the limits of this package allow is less than that.
func (p Partition) MaxBytes() int64 {
	if p == PersonalPartition {
		return 96 << 20
	}
	return 160 << 20
}

// RecordOverhead is what a row takes beside its key and value.
const RecordOverhead = 96

// encodeRecord returns a value as it stands in a row. Signs of HTML stay as they are: each
// would be six bytes.
func encodeRecord(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // our own types, which have nothing in them that could fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
