package load

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A client is one that listens, whether or not it speaks as well.
type client struct {
	run             *run
	name            string
	speaker         *speaker // nil for those who only listen
	unheardSpeaker  int      // the speaker whose lines it cannot tell: itself, where the protocol does not echo; or -1
	atSpeakerNode   bool     // it speaks at a node that is not the listeners'
	conn            clientConn
	deliveryChecker // the reader's

	carry    [maxMark]byte // what the last read ended in, if that may be the beginning of a mark
	carryLen int
	joined   bool // it has heard a beacon; the reader's

	greeted         chan struct{} // closed once something has come
	receivedNothing bool          // nothing has; the reader's

	witness      atomic.Bool  // it tells all speakers what it heard
	stalled      atomic.Bool  // it reads no more
	disconnected atomic.Bool  // it was thrown out
	cause        error        // why; set before gone
	bytes        atomic.Int64 // read so far
	heard        atomic.Int64 // lines, so far
	finalLines   atomic.Int64 // speakers whose last line it has heard
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

// awaitGreeting waits until the server has got round to the client: so many
// joins at a time stay so many. A server that lets one client wait greets
// nobody.
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
	desks := &c.run.scratch
	if c.atSpeakerNode {
		desks = &c.run.speakerScratch
	}
	err := c.conn.readLoop(desks, c.handleRead)
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

// handleRead looks at what was read.
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

// handleLines enters all lines in p, and returns how many there were and what is
// left of p.
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

// latencyInterval is how many lines there are to one whose latency is recorded, where
// it is not each one's. It is prime, so as not to go with any window.
const latencyInterval = 13

// noteBeacon notes that the client has heard a beacon.
func (c *client) noteBeacon(m mark) {
	if !c.joined && !c.sendsBeacon() && m.speaker == uint64(len(c.next)) {
		c.joined = true
		c.run.joined.Add(1)
	}
}

// sendsBeacon reports whether the client says the beacon and cannot tell whether it
// hears it.
func (c *client) sendsBeacon() bool { return c.unheardSpeaker >= 0 && c == c.run.clients[0] }

// reportHeard tells speakers what has been heard of theirs.
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

// raiseHeard sets what has been heard of s, and wakes it where that is more than
// was known. Only one reader may raise the same value, but for the moment in
// which another becomes the witness.
func raiseHeard(heard *atomic.Uint64, n uint64, s *speaker) {
	if n > heard.Load() {
		heard.Store(n)
		select {
		case s.wake <- struct{}{}:
		default: // it is going to look anyway
		}
	}
}

// connSet are all connections of a run. Its zero value is ready.
type connSet struct {
	mu       sync.Mutex
	open     map[clientConn]struct{}
	isClosed atomic.Bool
}

// add enters a new connection. When all have been closed it closes that one as
// well, and reports false.
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

// close closes all connections. What readers see of it is not the server's
// doing.
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
