//go:build unix

package baseline

import (
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// SharedWriter serves plain TCP, as [TCP] does, with one goroutine that does non-blocking writes
// to all clients in turn. A client that does not take a whole write gets a goroutine of its own
// until it has caught up.
func SharedWriter(l net.Listener, o Options) error {
	s := &sharedWriter{format: tcpFormat(o), wake: make(chan struct{}, 1)}
	var sweeping sync.WaitGroup
	sweeping.Go(s.run)
	defer sweeping.Wait()
	defer close(s.wake) // after serve, when nothing is broadcast any more
	return s.serve(l, s.serveClient)
}

type sharedWriter struct {
	connServer
	format wireFormat

	wake chan struct{} // capacity 1: there are lines in batch

	batchMu sync.Mutex
	batch   []byte // the lines since the last flush

	clientsMu sync.Mutex // held during a flush
	clients   []*sharedClient
}

// serveClient adds a client, and broadcasts what it sends, until its connection ends.
func (w *sharedWriter) serveClient(conn net.Conn) {
	c, err := w.join(conn)
	if err != nil {
		return
	}
	forEachLine(conn, w.broadcast)
	conn.Close() // before it leaves: a flush may be under way
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

// run flushes until wake is closed.
func (w *sharedWriter) run() {
	var batch []byte
	for range w.wake {
		if cap(batch) > maxBuffer {
			batch = nil
		}
		runtime.Gosched() // readers that have a line go first: it joins this batch
		batch = w.take(batch[:0])
		w.flush(batch)
	}
}

// flush sends a batch to everybody. Nobody keeps it.
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

// A sharedClient is a client of a sharedWriter.
type sharedClient struct {
	conn  net.Conn
	raw   syscall.RawConn
	index int // in sharedWriter.clients, guarded by sharedWriter.clientsMu

	catchingUp sync.WaitGroup // Add is only called by the shared writer

	// The write that send tries, and its result. Making the method value once saves an allocation
	// for each write.
	write   func(fd uintptr) (done bool)
	pending []byte
	n       int
	err     error

	mu      sync.Mutex
	lagging bool   // a goroutine is catching up; the shared writer must not write
	backlog []byte // what that goroutine has to write
	closed  bool
}

// send writes a batch, or as much of it as the connection takes, and never blocks. It does not
// keep the batch. Only the shared writer calls it.
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

// rawWrite always reports that it is done, so that nothing waits until the connection is
// writable.
func (c *sharedClient) rawWrite(fd uintptr) (done bool) {
	for {
		c.n, c.err = syscall.Write(int(fd), c.pending)
		if c.err != syscall.EINTR {
			return true
		}
	}
}

// catchUp writes c's backlog until there is none.
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

// takeBacklog returns what to write next. If that is nothing, c has caught up, and the shared
// writer takes over; a write deadline that was left over would make its writes fail.
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

// closeLocked closes the connection. Its reader notices, and makes the client leave.
func (c *sharedClient) closeLocked() {
	c.closed, c.backlog = true, nil
	c.conn.Close()
}
