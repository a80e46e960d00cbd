package door

import (
	"sync"

	"teahouse/room"
)

const (
	// batchSize is how many events are taken at once: so few that even the
	// longest do not make a write much larger than flushSize.
	batchSize = 32

	// flushSize is how many bytes are gathered before they are written, when
	// more wait than should leave in one write.
	flushSize = 64 << 10
)

// A Courier delivers events to the clients of one door. Its zero value is
// ready. What it takes events into, and what it renders them into, is shared by
// all its clients: those that wait for something to happen need neither.
type Courier struct {
	batches sync.Pool // of *[batchSize]*room.Event
	buffers sync.Pool // of *[]byte
}

// Deliver takes what there is for u, all of it, renders it with show, which
// appends an event to lines, and hands the lines to write: in one piece, unless
// they are more than 64 KiB. It does so until u has left and all has been
// delivered; then it returns the [room.Reason]. After a [room.User.Nudge] write
// may be handed nothing. When write fails, Deliver returns its error at once.
// It is the loop of a user's writer goroutine.
func (c *Courier) Deliver(u *room.User, show func(lines []byte, e *room.Event) []byte, write func(lines []byte) error) error {
	for {
		if err := u.Wait(); err != nil {
			return err
		}
		lines := c.Buffer()
		c.render(u, lines, show)
		err := write(*lines)
		c.Release(lines)
		if err != nil {
			return err
		}
	}
}

// render appends what there is for u to lines, until that is all or enough.
func (c *Courier) render(u *room.User, lines *[]byte, show func([]byte, *room.Event) []byte) {
	batch, ok := c.batches.Get().(*[batchSize]*room.Event)
	if !ok {
		batch = new([batchSize]*room.Event)
	}
	defer c.batches.Put(batch)
	for len(*lines) < flushSize {
		events := u.Take(batch[:0])
		for _, e := range events {
			*lines = show(*lines, e)
		}
		clear(events) // keep none alive
		if len(events) == 0 {
			return
		}
	}
}

// Buffer returns an empty buffer for a short time; Release takes it back.
func (c *Courier) Buffer() *[]byte {
	if b, ok := c.buffers.Get().(*[]byte); ok {
		*b = (*b)[:0]
		return b
	}
	return new([]byte)
}

// Release takes back what Buffer returned.
func (c *Courier) Release(b *[]byte) { c.buffers.Put(b) }
