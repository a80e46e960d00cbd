package room

import (
	"bytes"
	"encoding/json"
	"errors"
)

// A Book is what a house has in writing beside what was said: whose name is
// whose, who is banned, what its operators did. It is a few small tables of
// rows. The house reads them when it opens, with [House.Open], keeps them in
// memory from then on, and writes down what changes.
type Book interface {
	// Write puts a row in place of the one with the same table and key. It does
	// not wait: the row is stored soon after, and tried again where that fails.
	// It may be called from any goroutine, in the order in which rows changed. It
	// returns the row's number, which grows by one with each.
	Write(Row) uint64

	// Settle waits until the rows with the numbers after one up to another are stored,
	// so that they survive the process, for a few seconds at most. The error is
	// [ErrNotStored] where they are not by then, and [ErrNeverStored] where the book
	// refuses one. It must not be called with the house locked.
	Settle(after, last uint64) error
}

// Why a row is not stored.
var (
	ErrNotStored   = errors.New("room: the book takes nothing at the moment")
	ErrNeverStored = errors.New("room: the book refuses a row")
)

// A Row is an entry of a [Book].
type Row struct {
	Table string // lower-case letters
	Key   string // any bytes, at most 256
	Value []byte // JSON; nil where there is no such row any more
}

// A Space is a part of the [Book] that is stored apart, so that none takes the place of
// another's rows.
type Space string

// The spaces. In Desk is what anybody may write and the house can do without: what people
// typed, up to where they followed rooms, settings, whom they ignore. Reserved has the rest,
// which says who may do what, and whose a name is.
const (
	Reserved Space = "book"
	Desk     Space = "desk"
)

// SpaceOf returns the space of a table.
func SpaceOf(table string) Space {
	switch table {
	case tableTyped, tablePlaces, tableSettings, tableIgnored:
		return Desk
	}
	return Reserved
}

// Most returns how many bytes all rows of a space may take together, each with rowOverhead,
// and a third more of its key. All that the limits of this package allow is less than that.
func (s Space) Most() int64 {
	if s == Desk {
		return 96 << 20
	}
	return 160 << 20
}

// RowOverhead is what a row takes beside its key and value.
const RowOverhead = 96

// encodeRow returns a value as it stands in a row. Signs of HTML stay as they are: each
// would be six bytes.
func encodeRow(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // our own types, which have nothing in them that could fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
