package cluster

import (
	"slices"

	"teahouse/room"
)

// maxUnstoredBytes is of how many bytes of text of one process it is known that it may not have
// stored them: what its ring holds.
const maxUnstoredBytes = 4 << 20

// An unstoredLines is what was heard of a process that it may not have stored yet, the oldest first.
// Should it be gone before it has, other nodes store that.
type unstoredLines struct {
	lines []receivedLine
	bytes int
}

// A receivedLine is a line that was heard, or that somebody was forgotten.
type receivedLine struct {
	sent     event       // as its own node has it
	applied  *room.Event // as it is in the room here
	packet   uint64      // it came in
	storeSeq uint64      // the message after which it is in the store, if it is
}

func (l *receivedLine) position() position { return position{l.sent.Room, l.sent.Seq} }

// A position is where an event stands at its home.
type position struct {
	room string
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

// dropPackets takes out what came in packets of which all is stored.
func (u *unstoredLines) dropPackets(upto uint64) {
	u.dropFunc(func(l *receivedLine) bool { return l.packet <= upto })
}

// dropStored takes out what was found in the store.
func (u *unstoredLines) dropStored(there map[position]bool) {
	u.dropFunc(func(l *receivedLine) bool { return there[l.position()] })
}

// dropFunc takes out some lines.
func (u *unstoredLines) dropFunc(some func(*receivedLine) bool) {
	u.lines = slices.DeleteFunc(u.lines, func(l receivedLine) bool { return some(&l) })
	u.bytes = 0
	for i := range u.lines {
		u.bytes += len(u.lines[i].sent.Text) + len(u.lines[i].sent.Verbatim)
	}
}

// startSeq returns the message after which the store has what it has of all that, or of what
// comes later.
func (u *unstoredLines) startSeq(later uint64) uint64 {
	if len(u.lines) == 0 {
		return later
	}
	return min(later, u.lines[0].storeSeq)
}
