package cluster

import (
	"slices"

	"teahouse/room"
)

// mostUnkept is of how many bytes of text of one process it is known that it may not have
// stored them: what its ring holds.
const mostUnkept = 4 << 20

// An unkept is what was heard of a process that it may not have stored yet, the oldest first.
// Should it be gone before it has, other nodes store that.
type unkept struct {
	lines []heardLine
	bytes int
}

// A heardLine is a line that was heard, or that somebody was forgotten.
type heardLine struct {
	sent   event       // as its own node has it
	shown  *room.Event // as it is in the room here
	packet uint64      // it came in
	after  uint64      // the message after which it is in the store, if it is
}

func (l *heardLine) place() place { return place{l.sent.Room, l.sent.Seq} }

// A place is where an event stands at its home.
type place struct {
	room string
	seq  uint64
}

func (u *unkept) add(l heardLine) {
	u.lines = append(u.lines, l)
	u.bytes += len(l.sent.Text) + len(l.sent.Verbatim)
	for len(u.lines) > mostEvents || u.bytes > mostUnkept {
		u.bytes -= len(u.lines[0].sent.Text) + len(u.lines[0].sent.Verbatim)
		u.lines[0] = heardLine{}
		u.lines = u.lines[1:]
	}
}

// kept takes out what came in packets of which all is stored.
func (u *unkept) kept(upto uint64) {
	u.takeOut(func(l *heardLine) bool { return l.packet <= upto })
}

// found takes out what was found in the store.
func (u *unkept) found(there map[place]bool) {
	u.takeOut(func(l *heardLine) bool { return there[l.place()] })
}

// takeOut takes out some lines.
func (u *unkept) takeOut(some func(*heardLine) bool) {
	u.lines = slices.DeleteFunc(u.lines, func(l heardLine) bool { return some(&l) })
	u.bytes = 0
	for i := range u.lines {
		u.bytes += len(u.lines[i].sent.Text) + len(u.lines[i].sent.Verbatim)
	}
}

// after returns the message after which the store has what it has of all that, or of what
// comes later.
func (u *unkept) after(later uint64) uint64 {
	if len(u.lines) == 0 {
		return later
	}
	return min(later, u.lines[0].after)
}
