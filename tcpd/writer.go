package tcpd

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/door"
	"teahouse/room"
)

// lingerTime is how long a connection stays half open after the last line was
// written. Closing it at once, with input unread, would reset it and take that
// line with it.
const lingerTime = time.Second

// A writer is the output side of a client. It is the sweeper's, but for the
// times in which the client catches up: then it belongs to that goroutine.
type writer struct {
	state    atomic.Int32
	conn     promptWriter
	finished chan struct{} // closed when all has been written, or no more can be
	ending   sync.Once
}

// end tells that no more is written.
func (w *writer) end() { w.ending.Do(func() { close(w.finished) }) }

// The states of a writer. Whoever moves it out of queued or catchingUp is the
// one to touch it next.
const (
	resting    int32 = iota // to be queued when it is woken
	queued                  // in the sweeper's list
	catchingUp              // with a goroutine of its own
)

// wake has the client swept. It is the user's Wake.
func (c *client) wake() {
	if c.writer.state.CompareAndSwap(resting, queued) {
		c.server.sweeper.push(c)
	}
}

// sweep writes what there is for the client as far as its socket takes it. Only
// the sweeper calls it.
func (c *client) sweep(bag *door.Bag) {
	if !c.writer.state.CompareAndSwap(queued, resting) {
		return // it is catching up
	}
	defer c.containWriter()
	for range sweepWrites {
		lines := bag.Fill(c.user, c.show)
		n, err := c.writer.conn.tryWrite(lines)
		switch {
		case err != nil:
			c.finish(err)
			return
		case n < len(lines):
			c.writer.state.Store(catchingUp)
			rest := bytes.Clone(lines[n:]) // the bag goes on to others
			go c.catchUp(rest, bag.Load)
			return
		}
		bag.Written(c.server.Observe)
		if news, err := c.user.Rest(); err != nil {
			c.finish(nil)
			return
		} else if !news {
			return
		}
	}
	c.wake() // there is more; others first
}

// sweepWrites is how many writes one client gets in a sweep.
const sweepWrites = 2

// catchUp writes lines, the rest of a load, waiting until the client has read
// enough, and then gives the writer back to the sweeper.
func (c *client) catchUp(lines []byte, load door.Load) {
	defer c.containWriter()
	if err := c.flush(lines); err != nil {
		c.finish(err)
		return
	}
	load.Written(c.server.Observe)
	_ = c.conn.SetWriteDeadline(time.Time{})
	c.writer.state.Store(resting)
	c.wake()
}

// show renders events as the client's user reads them.
func (c *client) show(lines []byte, events []*room.Event) []byte {
	return c.voice.Load().showAll(lines, events, c.user.Who().ID)
}

// flush writes to the client, within the deadline.
func (c *client) flush(lines []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.server.WriteTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(lines)
	return err
}

// finish ends the output: after everything was written, in a way that lets the
// last line arrive, while the reader drops what still comes; and after an error
// at once.
func (c *client) finish(err error) {
	defer c.writer.end()
	c.writer.state.Store(catchingUp) // nobody touches it again
	switch {
	case err == nil:
		_ = c.conn.SetReadDeadline(time.Now().Add(lingerTime))
		if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.user.Leave(room.Slow)
		if tcp, ok := c.conn.(interface{ SetLinger(int) error }); ok {
			_ = tcp.SetLinger(0) // what it did not read need not be kept for it
		}
	default:
		c.user.Leave(room.HungUp)
	}
	c.conn.Close()
}

// containWriter turns a panic while something is written into the end of this
// one client, whatever was done of that already.
func (c *client) containWriter() {
	if c.failed(recover()) {
		c.writer.state.Store(catchingUp)
		c.writer.end()
		c.conn.Close()
	}
}
