package load

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A client listens, and speaks if it has a speaker.
type client struct {
	run             *run
	name            string
	speaker         *speaker // nil if it only listens
	unheardSpeaker  int      // the speaker whose lines it cannot recognize: itself, if the protocol has no echo; or -1
	atSpeakerNode   bool     // it speaks at another node than the listeners'
	conn            clientConn
	deliveryChecker // used by the reader

	carry    [maxMark]byte // the end of the last read, if it may be the beginning of a mark
	carryLen int
	joined   bool // it has received a beacon; used by the reader

	greeted         chan struct{} // closed once something has arrived
	receivedNothing bool          // nothing has arrived; used by the reader

	witness      atomic.Bool  // it reports what it received to all speakers
	stalled      atomic.Bool  // it does not read any more
	disconnected atomic.Bool  // the server disconnected it
	cause        error        // why; set before disconnected
	bytes        atomic.Int64 // bytes read so far
	heard        atomic.Int64 // lines received so far
	finalLines   atomic.Int64 // number of speakers whose last line it has received
}

// join connects the client and starts its reader.
func (c *client) join(ctx context.Context, tight bool) error {
	r := c.run
	joining, cancel := context.WithTimeout(ctx, r.timeouts.join)
	defer cancel()
	addr := r.listenAddr
	if c.speaker != nil {
		addr = r.addr
	}
	w, err := r.adapter.join(joining, addr, c.name, tight)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case joining.Err() != nil:
		return fmt.Errorf("%s cannot join: the server has not let it in for %v", c.name, r.timeouts.join)
	default:
		return fmt.Errorf("%s cannot join: %w", c.name, err)
	}
	if !r.conns.add(w) {
		return context.Canceled
	}
	c.conn = w
	r.readers.Go(c.readLoop)
	return c.awaitGreeting(ctx)
}

// awaitGreeting waits until the server has served the client, which bounds the number of
// concurrent joins. If one client waits in vain, the server is assumed to greet nobody.
func (c *client) awaitGreeting(ctx context.Context) error {
	r := c.run
	if !r.adapter.greets() || r.neverGreets.Load() {
		return nil
	}
	timer := time.NewTimer(r.timeouts.greeting)
	defer timer.Stop()
	select {
	case <-c.greeted:
	case <-timer.C:
		r.neverGreets.Store(true)
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// readLoop is the client's reader.
func (c *client) readLoop() {
	pool := &c.run.scratch
	if c.atSpeakerNode {
		pool = &c.run.speakerScratch
	}
	err := c.conn.readLoop(pool, c.handleRead)
	if c.receivedNothing {
		close(c.greeted)
	}
	if c.stalled.Load() || c.run.conns.closed() {
		return
	}
	c.cause = err
	c.disconnected.Store(true)
	if c.speaker != nil {
		c.speaker.disconnected.Store(true)
	}
	c.run.clientLost(c)
}

// handleRead handles the result of one read.
func (c *client) handleRead(d *scratch, buf []byte, n int) bool {
	if c.stalled.Load() {
		return false
	}
	if c.receivedNothing {
		c.receivedNothing = false
		close(c.greeted)
	}
	start := headroom - c.carryLen
	copy(buf[start:], c.carry[:c.carryLen])
	rest, heard := c.handleLines(d, buf[start:headroom+n])
	c.carryLen = copy(c.carry[:], rest)

	c.bytes.Add(int64(n))
	if heard > 0 {
		c.heard.Add(heard)
		c.reportHeard()
	}
	return true
}

// handleLines records all complete lines in p. It returns their number and the rest of p.
func (c *client) handleLines(d *scratch, p []byte) (rest []byte, heard int64) {
	r := c.run
	now, from := r.elapsed(), r.measureFrom.Load()
	for {
		m, end, ok := r.tag.next(p)
		p = p[end:]
		if !ok {
			return p, heard
		}
		if m.speaker >= uint64(len(c.next)) {
			c.noteBeacon(m)
			continue
		}
		if int(m.speaker) == c.unheardSpeaker || !c.deliveryChecker.record(m.speaker, m.n) {
			continue
		}
		heard++
		switch {
		case m.time == 0:
			c.finalLines.Add(1)
		case m.time >= from && (r.atRate || m.n%latencyInterval == 0):
			d.record(now - m.time)
		}
	}
}

// latencyInterval is the sampling interval: one line in so many has its latency recorded, unless
// every line has. It is prime, so as not to coincide with any window.
const latencyInterval = 13

// noteBeacon records that the client has received a beacon.
func (c *client) noteBeacon(m mark) {
	if !c.joined && !c.sendsBeacon() && m.speaker == uint64(len(c.next)) {
		c.joined = true
		c.run.joined.Add(1)
	}
}

// sendsBeacon reports whether the client sends the beacon and cannot recognize its own.
func (c *client) sendsBeacon() bool { return c.unheardSpeaker >= 0 && c == c.run.clients[0] }

// reportHeard tells speakers which of their lines have been received.
func (c *client) reportHeard() {
	if c.speaker != nil && c.unheardSpeaker < 0 {
		raiseHeard(&c.speaker.heardBySelf, c.next[c.speaker.number], c.speaker)
	}
	if !c.witness.Load() {
		return
	}
	for i, s := range c.run.speakers {
		if i != c.unheardSpeaker {
			raiseHeard(&s.heardByWitness, c.next[i], s)
		}
	}
}

// raiseHeard raises the number of s's lines that were received, and wakes s. Only one reader
// raises the same counter, except at the moment when another client becomes the witness.
func raiseHeard(heard *atomic.Uint64, n uint64, s *speaker) {
	if n > heard.Load() {
		heard.Store(n)
		select {
		case s.wake <- struct{}{}:
		default: // it is about to look anyway
		}
	}
}

// A connSet holds all connections of a run. The zero value is ready to use.
type connSet struct {
	mu       sync.Mutex
	open     map[clientConn]struct{}
	isClosed atomic.Bool
}

// add adds a connection. If the set is closed, it closes the connection and reports false.
func (s *connSet) add(w clientConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed.Load() {
		w.Close()
		return false
	}
	if s.open == nil {
		s.open = map[clientConn]struct{}{}
	}
	s.open[w] = struct{}{}
	return true
}

// remove closes a connection.
func (s *connSet) remove(w clientConn) {
	s.mu.Lock()
	delete(s.open, w)
	s.mu.Unlock()
	w.Close()
}

// close closes all connections. Readers' errors afterwards are not the server's fault.
func (s *connSet) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isClosed.Store(true)
	for w := range s.open {
		w.Close()
	}
	clear(s.open)
}

func (s *connSet) closed() bool { return s.isClosed.Load() }
