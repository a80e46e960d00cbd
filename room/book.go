package room

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
	// so that they survive the process, for a few seconds at most. It reports whether
	// they are. It must not be called with the house locked.
	Settle(after, last uint64) bool
}

// A Row is an entry of a [Book].
type Row struct {
	Table string // lower-case letters
	Key   string // any bytes, at most 256
	Value []byte // JSON; nil where there is no such row any more
}
