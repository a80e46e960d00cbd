package door

import (
	"sync"

	"teahouse/room"
)

const (
	// smallBatch and largeBatch are how many events are taken at once: few, for
	// those who keep up, and more once few were not enough.
	smallBatch = 8
	largeBatch = 256

	// flushSize is how many bytes are gathered before they are written, when
	// more wait than should leave in one write.
	flushSize = 64 << 10
)

// A Courier delivers events to the clients of one door. Its zero value is
// ready. What it renders into is shared by all its clients: those that wait
// for something to happen need no buffer.
type Courier struct {
	buffers sync.Pool // of *[]byte
}

// Deliver takes what there is for u, all of it, renders it with show, which
// appends an event to lines, and hands the lines to write, in one piece unless
// there are very many. It does so until u has left and all has been delivered;
// then it returns the [room.Reason]. After a [room.User.Nudge] write may be
// handed nothing. When write fails, Deliver returns its error at once. It is
// the loop of a user's writer goroutine.
func (c *Courier) Deliver(u *room.User, show func(lines []byte, e *room.Event) []byte, write func(lines []byte) error) error {
	batch := make([]*room.Event, 0, smallBatch)
	for {
		events, err := u.Next(batch)
		if err != nil {
			return err
		}
		if err := c.deliver(events, show, write); err != nil {
			return err
		}
		clear(events) // keep none alive while waiting
		if len(events) == cap(batch) && cap(batch) < largeBatch {
			batch = make([]*room.Event, 0, largeBatch)
		}
	}
}

func (c *Courier) deliver(events []*room.Event, show func([]byte, *room.Event) []byte, write func([]byte) error) error {
	buffer := c.Buffer()
	defer c.Release(buffer)
	for i, e := range events {
		*buffer = show(*buffer, e)
		if len(*buffer) < flushSize || i == len(events)-1 {
			continue
		}
		if err := write(*buffer); err != nil {
			return err
		}
		*buffer = (*buffer)[:0]
	}
	return write(*buffer)
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
