package tcpd

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/transport"
	"teahouse/room"
)

// lingerTimeout is how long a connection stays half open after the last line was
// written. Closing it at once, with input unread, would reset it and take that
// line with it.
const lingerTimeout = time.Second

// A writer is the output side of a client. It is the sweeper's, but for the
// times in which the client catches up: then it belongs to that goroutine.
type writer struct {
	state      atomic.Int32
	conn       nonblockingWriter
	finished   chan struct{} // closed when all has been written, or no more can be
	finishOnce sync.Once
}

// markFinished tells that no more is written.
func (w *writer) markFinished() { w.finishOnce.Do(func() { close(w.finished) }) }

// The states of a writer. Whoever moves it out of queued or writerCatchingUp is the
// one to touch it next.
const (
	writerIdle       int32 = iota // to be queued when it is woken
	writerQueued                  // in the sweeper's list
	writerCatchingUp              // with a goroutine of its own
)

// wake has the client swept. It is the user's Wake.
func (c *client) wake() {
	if c.writer.state.CompareAndSwap(writerIdle, writerQueued) {
		c.server.writer.schedule(c)
	}
}

// flush writes what there is for the client as far as its socket takes it. Only
// the sweeper calls it.
func (c *client) flush(bag *transport.Batch) {
	if !c.writer.state.CompareAndSwap(writerQueued, writerIdle) {
		return // it is catching up
	}
	defer c.recoverWriter()
	for range maxWritesPerFlush {
		lines := bag.Render(c.session, c.render)
		n, err := c.writer.conn.tryWrite(lines)
		switch {
		case err != nil:
			c.closeOutput(err)
			return
		case n < len(lines):
			c.writer.state.Store(writerCatchingUp)
			rest := bytes.Clone(lines[n:]) // the bag goes on to others
			go c.catchUp(rest, bag.BatchStats)
			return
		}
		bag.Report(c.server.Observe)
		if news, err := c.session.Arm(); err != nil {
			c.closeOutput(nil)
			return
		} else if !news {
			return
		}
	}
	c.wake() // there is more; others first
}

// maxWritesPerFlush is how many writes one client gets in a sweep.
const maxWritesPerFlush = 2

// catchUp writes lines, the rest of a load, waiting until the client has read
// enough, and then gives the writer back to the sweeper.
func (c *client) catchUp(lines []byte, load transport.BatchStats) {
	defer c.recoverWriter()
	if err := c.writeWithDeadline(lines); err != nil {
		c.closeOutput(err)
		return
	}
	load.Report(c.server.Observe)
	_ = c.conn.SetWriteDeadline(time.Time{})
	c.writer.state.Store(writerIdle)
	c.wake()
}

// render renders events as the client's user reads them.
func (c *client) render(lines []byte, events []*room.Event) []byte {
	return c.format.Load().appendEvents(lines, events, c.session.User().SessionID)
}

// writeWithDeadline writes to the client, within the deadline.
func (c *client) writeWithDeadline(lines []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.server.WriteTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(lines)
	return err
}

// closeOutput ends the output: after everything was written, in a way that lets the
// last line arrive, while the reader drops what still comes; and after an error
// at once.
func (c *client) closeOutput(err error) {
	defer c.writer.markFinished()
	c.writer.state.Store(writerCatchingUp) // nobody touches it again
	switch {
	case err == nil:
		_ = c.conn.SetReadDeadline(time.Now().Add(lingerTimeout))
		if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.session.Leave(room.Slow)
		if tcp, ok := c.conn.(interface{ SetLinger(int) error }); ok {
			_ = tcp.SetLinger(0) // what it did not read need not be kept for it
		}
	default:
		c.session.Leave(room.HungUp)
	}
	c.conn.Close()
}

// recoverWriter turns a panic while something is written into the end of this
// one client, whatever was done of that already.
func (c *client) recoverWriter() {
	if c.handlePanic(recover()) {
		c.writer.state.Store(writerCatchingUp)
		c.writer.markFinished()
		c.conn.Close()
	}
}
