package cluster

import (
	"slices"

	"teahouse/internal/ids"
	"teahouse/room"
)

// maxUnstoredBytes is the most text that is kept of one process because it may not have stored
// it: as much as its ring holds.
const maxUnstoredBytes = 4 << 20

// unstoredLines are the lines received from a process that it may not have stored yet, the oldest
// first. If it dies before it has, other nodes store them.
type unstoredLines struct {
	lines []receivedLine
	bytes int
}

// A receivedLine is a received message, or a request to be forgotten.
type receivedLine struct {
	sent     wireEvent   // as its own node has it
	applied  *room.Event // as it is in the room here
	packet   uint64      // number of its packet
	storeSeq uint64      // if it is stored, it is after this stream sequence
}

func (l *receivedLine) position() position { return position{l.sent.Room, l.sent.Seq} }

// A position is the place of an event at its own node.
type position struct {
	room ids.Room
	seq  uint64
}

func (u *unstoredLines) add(l receivedLine) {
	u.lines = append(u.lines, l)
	u.bytes += len(l.sent.Text) + len(l.sent.Verbatim)
	for len(u.lines) > maxEvents || u.bytes > maxUnstoredBytes {
		u.bytes -= len(u.lines[0].sent.Text) + len(u.lines[0].sent.Verbatim)
		u.lines[0] = receivedLine{}
		u.lines = u.lines[1:]
	}
}

// dropPackets drops the lines of packets up to which everything is stored.
func (u *unstoredLines) dropPackets(upto uint64) {
	u.dropFunc(func(l *receivedLine) bool { return l.packet <= upto })
}

// dropStored drops the lines that were found in the store.
func (u *unstoredLines) dropStored(there map[position]bool) {
	u.dropFunc(func(l *receivedLine) bool { return there[l.position()] })
}

// dropFunc drops the lines for which some returns true.
func (u *unstoredLines) dropFunc(some func(*receivedLine) bool) {
	u.lines = slices.DeleteFunc(u.lines, func(l receivedLine) bool { return some(&l) })
	u.bytes = 0
	for i := range u.lines {
		u.bytes += len(u.lines[i].sent.Text) + len(u.lines[i].sent.Verbatim)
	}
}

// startSeq returns the stream sequence after which the store may have any of these lines, or
// later if there are none.
func (u *unstoredLines) startSeq(later uint64) uint64 {
	if len(u.lines) == 0 {
		return later
	}
	return min(later, u.lines[0].storeSeq)
}
