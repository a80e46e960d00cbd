//go:build unix

package baseline

import (
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// SharedWriter serves plain TCP, as [TCP] does, with one goroutine that does
// non-blocking writes to all clients in turn. A client that does not take all
// of a write gets a goroutine of its own until it has caught up.
func SharedWriter(l net.Listener, o Options) error {
	s := &sharedWriter{format: tcpFormat(o), wake: make(chan struct{}, 1)}
	var sweeping sync.WaitGroup
	sweeping.Go(s.run)
	defer sweeping.Wait()
	defer close(s.wake) // after serve, when nobody says anything any more
	return s.serve(l, s.serveClient)
}

type sharedWriter struct {
	connServer
	format wireFormat

	wake chan struct{} // of capacity 1: something has been said

	batchMu sync.Mutex
	batch   []byte // the lines that were said since the last sweep

	clientsMu sync.Mutex // held during a sweep
	clients   []*sharedClient
}

// serveClient has a client hear, and say what it sends, until its connection ends.
func (w *sharedWriter) serveClient(conn net.Conn) {
	c, err := w.join(conn)
	if err != nil {
		return
	}
	forEachLine(conn, w.broadcast)
	conn.Close() // before it leaves: a sweep may be under way
	w.leave(c)
	c.catchingUp.Wait()
}

func (w *sharedWriter) broadcast(line []byte) {
	w.batchMu.Lock()
	defer w.batchMu.Unlock()
	w.batch = w.format.appendLine(w.batch, line)
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take swaps the batch for an empty one.
func (w *sharedWriter) take(empty []byte) []byte {
	w.batchMu.Lock()
	defer w.batchMu.Unlock()
	taken := w.batch
	w.batch = empty
	return taken
}

// run sweeps until wake is closed.
func (w *sharedWriter) run() {
	var batch []byte
	for range w.wake {
		if cap(batch) > maxBuffer {
			batch = nil
		}
		runtime.Gosched() // let those first who have read a line: it joins this batch
		batch = w.take(batch[:0])
		w.flush(batch)
	}
}

// flush sends everybody a batch. Nobody keeps it.
func (w *sharedWriter) flush(batch []byte) {
	w.clientsMu.Lock()
	defer w.clientsMu.Unlock()
	for _, c := range w.clients {
		c.send(batch)
	}
}

func (w *sharedWriter) join(conn net.Conn) (*sharedClient, error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	c := &sharedClient{conn: conn, raw: raw}
	c.write = c.rawWrite
	w.clientsMu.Lock()
	defer w.clientsMu.Unlock()
	c.index = len(w.clients)
	w.clients = append(w.clients, c)
	return c, nil
}

func (w *sharedWriter) leave(c *sharedClient) {
	w.clientsMu.Lock()
	defer w.clientsMu.Unlock()
	last := len(w.clients) - 1
	w.clients[c.index] = w.clients[last]
	w.clients[c.index].index = c.index
	w.clients[last] = nil
	w.clients = w.clients[:last]
}

// A sharedClient is a client to whom the sweeper writes.
type sharedClient struct {
	conn  net.Conn
	raw   syscall.RawConn
	index int // in sharedWriter.clients, guarded by sharedWriter.clientsMu

	catchingUp sync.WaitGroup // begun by the sweeper alone

	// The one write that send tries, and how it went. A method value made
	// once spares an allocation for each write.
	write   func(fd uintptr) (done bool)
	pending []byte
	n       int
	err     error

	mu      sync.Mutex
	lagging bool   // a goroutine catches up; the sweeper must not write
	backlog []byte // what that goroutine is to write
	closed  bool
}

// send writes a batch, or what the connection takes of it, and never waits. It
// does not keep the batch. Only the sweeper calls it.
func (c *sharedClient) send(batch []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if !c.lagging {
		n, err := c.tryWrite(batch)
		if err != nil {
			c.closeLocked()
			return
		}
		batch = batch[n:]
	}
	if len(batch) == 0 {
		return
	}
	if len(c.backlog)+len(batch) > maxQueue {
		c.closeLocked()
		return
	}
	c.backlog = append(c.backlog, batch...)
	if !c.lagging {
		c.lagging = true
		c.catchingUp.Go(c.catchUp)
	}
}

// tryWrite returns how much of batch the connection took at once.
func (c *sharedClient) tryWrite(batch []byte) (int, error) {
	c.pending = batch
	err := c.raw.Write(c.write)
	c.pending = nil
	if err != nil {
		return 0, err // the connection is closed
	}
	if c.err == syscall.EAGAIN {
		return 0, nil
	}
	return c.n, c.err
}

// rawWrite is done whatever happens, so that nothing waits until the
// connection can be written to.
func (c *sharedClient) rawWrite(fd uintptr) (done bool) {
	for {
		c.n, c.err = syscall.Write(int(fd), c.pending)
		if c.err != syscall.EINTR {
			return true
		}
	}
}

// catchUp writes what c is behind with, until it is not any more.
func (c *sharedClient) catchUp() {
	for {
		rest := c.takeBacklog()
		if len(rest) == 0 {
			return
		}
		c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := c.conn.Write(rest); err != nil {
			c.mu.Lock()
			c.closeLocked()
			c.mu.Unlock()
			return
		}
	}
}

// takeBacklog returns what is to be written next. If that is nothing, c has
// caught up, and the sweeper writes again; a deadline that is left over would
// fail its writes.
func (c *sharedClient) takeBacklog() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest := c.backlog
	c.backlog = nil
	if len(rest) == 0 {
		c.conn.SetWriteDeadline(time.Time{})
		c.lagging = false
	}
	return rest
}

// closeLocked cuts c off. Its reader notices, and has it leave.
func (c *sharedClient) closeLocked() {
	c.closed, c.backlog = true, nil
	c.conn.Close()
}
