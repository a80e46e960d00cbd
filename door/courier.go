package door

import (
	"sync"

	"teahouse/room"
)

const (
	// batchSize is how many events are taken at once.
	batchSize = 256

	// flushSize is how many bytes are gathered before they are written, when
	// more wait than should leave in one write.
	flushSize = 64 << 10
)

// A Bag is what one delivery needs: the events, and what they look like. Its
// zero value is ready. It serves one goroutine at a time, any number of users.
type Bag struct {
	events [batchSize]*room.Event
	lines  []byte
}

// Fill renders what there is for u, until that is all or enough for one write.
// Show appends events to lines. What Fill returns is good until the next Fill.
func (b *Bag) Fill(u *room.User, show func(lines []byte, events []*room.Event) []byte) (lines []byte) {
	b.lines = b.lines[:0]
	for len(b.lines) < flushSize {
		events := u.Take(b.events[:0])
		if len(events) == 0 {
			break
		}
		b.lines = show(b.lines, events)
		clear(events) // keep none alive
	}
	return b.lines
}

// A Courier delivers events to the clients of one door. Its zero value is
// ready. What it carries them in is shared by all its clients: those that wait
// for something to happen need none of it.
type Courier struct {
	bags sync.Pool // of *Bag
}

// Deliver takes what there is for u, all of it, renders it with show, which
// appends events to lines, and hands the lines to write: in one piece, unless
// they are more than 64 KiB. It does so until u has left and all has been
// delivered; then it returns the [room.Reason]. After a [room.User.Nudge] write
// may be handed nothing. When write fails, Deliver returns its error at once.
// It is the loop of a user's writer goroutine.
func (c *Courier) Deliver(u *room.User, show func(lines []byte, events []*room.Event) []byte, write func(lines []byte) error) error {
	for {
		if err := u.Wait(); err != nil {
			return err
		}
		b, ok := c.bags.Get().(*Bag)
		if !ok {
			b = new(Bag)
		}
		err := write(b.Fill(u, show))
		c.bags.Put(b)
		if err != nil {
			return err
		}
	}
}
