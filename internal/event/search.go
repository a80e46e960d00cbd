package event

import (
	"cmp"
	"slices"
)

// FindSeq returns the index of the line with a sequence number, or where it would be.
func FindSeq(said []*Event, seq uint64) (at int, ok bool) {
	return slices.BinarySearchFunc(said, seq, func(e *Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
}
