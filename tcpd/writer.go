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

// lingerTimeout is how long a connection stays half open after the last line was written. Closing
// it at once, with unread input, would reset it and lose that line.
const lingerTimeout = time.Second

// A writer is the output side of a client. It belongs to the shared writer, except while the
// client catches up on a goroutine of its own.
type writer struct {
	state      atomic.Int32
	conn       nonblockingWriter
	finished   chan struct{} // closed when everything has been written, or nothing more can be
	finishOnce sync.Once
}

// markFinished records that nothing more will be written.
func (w *writer) markFinished() { w.finishOnce.Do(func() { close(w.finished) }) }

// The states of a writer. Whoever moves it out of writerQueued or writerCatchingUp owns it next.
const (
	writerIdle       int32 = iota // waits to be woken
	writerQueued                  // in the shared writer's list
	writerCatchingUp              // has a goroutine of its own
)

// Wake implements [room.Waker]: it schedules the client for writing.
func (c *client) Wake() {
	if c.writer.state.CompareAndSwap(writerIdle, writerQueued) {
		c.server.writer.schedule(c)
	}
}

// flush writes as much for the client as its socket accepts. Only the shared writer calls it.
func (c *client) flush(batch *transport.Batch) {
	if !c.writer.state.CompareAndSwap(writerQueued, writerIdle) {
		return // it is catching up
	}
	defer c.recoverWriter()
	for range maxWritesPerFlush {
		lines := batch.Render(c.session, c.render)
		n, err := c.writer.conn.tryWrite(lines)
		switch {
		case err != nil:
			c.closeOutput(err)
			return
		case n < len(lines):
			c.writer.state.Store(writerCatchingUp)
			rest := bytes.Clone(lines[n:]) // batch is reused for others
			go c.catchUp(rest, batch.BatchStats)
			return
		}
		batch.Report(c.server.Observe)
		if news, err := c.session.Arm(); err != nil {
			c.closeOutput(nil)
			return
		} else if !news {
			return
		}
	}
	c.Wake() // there is more, but others come first
}

// maxWritesPerFlush is how many writes one client gets in each flush.
const maxWritesPerFlush = 2

// catchUp writes the rest of a batch, blocking until the client has read enough, and then returns
// the writer to the shared writer.
func (c *client) catchUp(lines []byte, load transport.BatchStats) {
	defer c.recoverWriter()
	if err := c.writeWithDeadline(lines); err != nil {
		c.closeOutput(err)
		return
	}
	load.Report(c.server.Observe)
	_ = c.conn.SetWriteDeadline(time.Time{})
	c.writer.state.Store(writerIdle)
	c.Wake()
}

// render renders items for the client's session.
func (c *client) render(lines []byte, items []room.Item) []byte {
	return c.format.Load().appendItems(lines, items, c.session.UserInfo().SessionID)
}

// writeWithDeadline writes to the client, within WriteTimeout.
func (c *client) writeWithDeadline(lines []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.server.WriteTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(lines)
	return err
}

// closeOutput ends the output. After an error it closes the connection at once. Otherwise it lets
// the last line arrive, while the reader discards further input.
func (c *client) closeOutput(err error) {
	defer c.writer.markFinished()
	c.writer.state.Store(writerCatchingUp) // nobody uses it any more
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
			_ = tcp.SetLinger(0) // let the kernel discard what the client did not read
		}
	default:
		c.session.Leave(room.HungUp)
	}
	c.conn.Close()
}

// recoverWriter turns a panic during a write into the end of this one client, whatever had been
// done before.
func (c *client) recoverWriter() {
	if c.handlePanic(recover()) {
		c.writer.state.Store(writerCatchingUp)
		c.writer.markFinished()
		c.conn.Close()
	}
}
