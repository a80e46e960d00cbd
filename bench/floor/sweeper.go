//go:build unix

package floor

import (
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Sweeper serves plain TCP, as [TCP] does, with one goroutine that does
// non-blocking writes to all clients in turn. A client that does not take all
// of a write gets a goroutine of its own until it has caught up.
func Sweeper(l net.Listener, o Options) error {
	s := &sweeper{shape: tcpShape(o), wake: make(chan struct{}, 1)}
	var sweeping sync.WaitGroup
	sweeping.Go(s.run)
	defer sweeping.Wait()
	defer close(s.wake) // after serve, when nobody says anything any more
	return s.serve(l, s.talk)
}

type sweeper struct {
	door
	shape shape

	wake chan struct{} // of capacity 1: something has been said

	batchMu sync.Mutex
	batch   []byte // the lines that were said since the last sweep

	clientsMu sync.Mutex // held during a sweep
	clients   []*swept
}

// talk has a client hear, and say what it sends, until its connection ends.
func (s *sweeper) talk(conn net.Conn) {
	c, err := s.join(conn)
	if err != nil {
		return
	}
	eachLine(conn, s.say)
	conn.Close() // before it leaves: a sweep may be under way
	s.leave(c)
	c.catchingUp.Wait()
}

func (s *sweeper) say(line []byte) {
	s.batchMu.Lock()
	defer s.batchMu.Unlock()
	s.batch = s.shape.appendLine(s.batch, line)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take swaps the batch for an empty one.
func (s *sweeper) take(empty []byte) []byte {
	s.batchMu.Lock()
	defer s.batchMu.Unlock()
	taken := s.batch
	s.batch = empty
	return taken
}

// run sweeps until wake is closed.
func (s *sweeper) run() {
	var batch []byte
	for range s.wake {
		if cap(batch) > maxBuffer {
			batch = nil
		}
		runtime.Gosched() // let those first who have read a line: it joins this batch
		batch = s.take(batch[:0])
		s.sweep(batch)
	}
}

// sweep sends everybody a batch. Nobody keeps it.
func (s *sweeper) sweep(batch []byte) {
	s.clientsMu.Lock()
	defer s.clientsMu.Unlock()
	for _, c := range s.clients {
		c.send(batch)
	}
}

func (s *sweeper) join(conn net.Conn) (*swept, error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	c := &swept{conn: conn, raw: raw}
	c.write = c.writeOnce
	s.clientsMu.Lock()
	defer s.clientsMu.Unlock()
	c.place = len(s.clients)
	s.clients = append(s.clients, c)
	return c, nil
}

func (s *sweeper) leave(c *swept) {
	s.clientsMu.Lock()
	defer s.clientsMu.Unlock()
	last := len(s.clients) - 1
	s.clients[c.place] = s.clients[last]
	s.clients[c.place].place = c.place
	s.clients[last] = nil
	s.clients = s.clients[:last]
}

// A swept is a client to whom the sweeper writes.
type swept struct {
	conn  net.Conn
	raw   syscall.RawConn
	place int // in sweeper.clients, guarded by sweeper.clientsMu

	catchingUp sync.WaitGroup // begun by the sweeper alone

	// The one write that send tries, and how it went. A method value made
	// once spares an allocation for each write.
	write func(fd uintptr) (done bool)
	try   []byte
	n     int
	err   error

	mu     sync.Mutex
	lags   bool   // a goroutine catches up; the sweeper must not write
	behind []byte // what that goroutine is to write
	gone   bool
}

// send writes a batch, or what the connection takes of it, and never waits. It
// does not keep the batch. Only the sweeper calls it.
func (c *swept) send(batch []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return
	}
	if !c.lags {
		n, err := c.writeNow(batch)
		if err != nil {
			c.endLocked()
			return
		}
		batch = batch[n:]
	}
	if len(batch) == 0 {
		return
	}
	if len(c.behind)+len(batch) > maxQueue {
		c.endLocked()
		return
	}
	c.behind = append(c.behind, batch...)
	if !c.lags {
		c.lags = true
		c.catchingUp.Go(c.catchUp)
	}
}

// writeNow returns how much of batch the connection took at once.
func (c *swept) writeNow(batch []byte) (int, error) {
	c.try = batch
	err := c.raw.Write(c.write)
	c.try = nil
	if err != nil {
		return 0, err // the connection is closed
	}
	if c.err == syscall.EAGAIN {
		return 0, nil
	}
	return c.n, c.err
}

// writeOnce is done whatever happens, so that nothing waits until the
// connection can be written to.
func (c *swept) writeOnce(fd uintptr) (done bool) {
	for {
		c.n, c.err = syscall.Write(int(fd), c.try)
		if c.err != syscall.EINTR {
			return true
		}
	}
}

// catchUp writes what c is behind with, until it is not any more.
func (c *swept) catchUp() {
	for {
		rest := c.takeBehind()
		if len(rest) == 0 {
			return
		}
		c.conn.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := c.conn.Write(rest); err != nil {
			c.mu.Lock()
			c.endLocked()
			c.mu.Unlock()
			return
		}
	}
}

// takeBehind returns what is to be written next. If that is nothing, c has
// caught up, and the sweeper writes again; a deadline that is left over would
// fail its writes.
func (c *swept) takeBehind() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest := c.behind
	c.behind = nil
	if len(rest) == 0 {
		c.conn.SetWriteDeadline(time.Time{})
		c.lags = false
	}
	return rest
}

// endLocked cuts c off. Its reader notices, and has it leave.
func (c *swept) endLocked() {
	c.gone, c.behind = true, nil
	c.conn.Close()
}
