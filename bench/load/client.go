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
	run    *run
	name   string
	voice  *speaker // nil for those who only listen
	deaf   int      // the speaker whose lines it cannot tell: itself, where the protocol does not echo; or -1
	near   bool     // it speaks at a node that is not the listeners'
	wire   wire
	ledger // the reader's

	carry [maxMark]byte // what the last read ended in, if that may be the beginning of a mark
	kept  int
	in    bool // it has heard a beacon; the reader's

	greeted chan struct{} // closed once something has come
	silent  bool          // nothing has; the reader's

	witness atomic.Bool  // it tells all speakers what it heard
	stalled atomic.Bool  // it reads no more
	gone    atomic.Bool  // it was thrown out
	cause   error        // why; set before gone
	bytes   atomic.Int64 // read so far
	heard   atomic.Int64 // lines, so far
	ends    atomic.Int64 // speakers whose last line it has heard
}

// join connects the client and starts its reader.
func (c *client) join(ctx context.Context, tight bool) error {
	r := c.run
	joining, cancel := context.WithTimeout(ctx, r.patience.join)
	defer cancel()
	addr := r.hearAddr
	if c.voice != nil {
		addr = r.addr
	}
	w, err := r.adapter.join(joining, addr, c.name, tight)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case joining.Err() != nil:
		return fmt.Errorf("%s cannot join: the server has not let it in for %v", c.name, r.patience.join)
	default:
		return fmt.Errorf("%s cannot join: %w", c.name, err)
	}
	if !r.wires.add(w) {
		return context.Canceled
	}
	c.wire = w
	r.readers.Go(c.listen)
	return c.awaitGreeting(ctx)
}

// awaitGreeting waits until the server has got round to the client: so many
// joins at a time stay so many. A server that lets one client wait greets
// nobody.
func (c *client) awaitGreeting(ctx context.Context) error {
	r := c.run
	if !r.adapter.greets() || r.greetless.Load() {
		return nil
	}
	timer := time.NewTimer(r.patience.greeting)
	defer timer.Stop()
	select {
	case <-c.greeted:
	case <-timer.C:
		r.greetless.Store(true)
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// listen is the client's reader.
func (c *client) listen() {
	desks := &c.run.desks
	if c.near {
		desks = &c.run.near
	}
	err := c.wire.listen(desks, c.take)
	if c.silent {
		close(c.greeted)
	}
	if c.stalled.Load() || c.run.wires.closed() {
		return
	}
	c.cause = err
	c.gone.Store(true)
	if c.voice != nil {
		c.voice.gone.Store(true)
	}
	c.run.lose(c)
}

// take looks at what was read.
func (c *client) take(d *desk, buf []byte, n int) bool {
	if c.stalled.Load() {
		return false
	}
	if c.silent {
		c.silent = false
		close(c.greeted)
	}
	start := headroom - c.kept
	copy(buf[start:], c.carry[:c.kept])
	rest, heard := c.hearAll(d, buf[start:headroom+n])
	c.kept = copy(c.carry[:], rest)

	c.bytes.Add(int64(n))
	if heard > 0 {
		c.heard.Add(heard)
		c.report()
	}
	return true
}

// hearAll enters all lines in p, and returns how many there were and what is
// left of p.
func (c *client) hearAll(d *desk, p []byte) (rest []byte, heard int64) {
	r := c.run
	now, from := r.now(), r.from.Load()
	for {
		m, end, ok := r.tag.next(p)
		p = p[end:]
		if !ok {
			return p, heard
		}
		if m.speaker >= uint64(len(c.next)) {
			c.enter(m)
			continue
		}
		if int(m.speaker) == c.deaf || !c.ledger.hear(m.speaker, m.n) {
			continue
		}
		heard++
		switch {
		case m.time == 0:
			c.ends.Add(1)
		case m.time >= from && (r.everyLine || m.n%sparse == 0):
			d.record(now - m.time)
		}
	}
}

// sparse is how many lines there are to one whose latency is recorded, where
// it is not each one's. It is prime, so as not to go with any window.
const sparse = 13

// enter notes that the client has heard a beacon.
func (c *client) enter(m mark) {
	if !c.in && !c.lights() && m.speaker == uint64(len(c.next)) {
		c.in = true
		c.run.in.Add(1)
	}
}

// lights reports whether the client says the beacon and cannot tell whether it
// hears it.
func (c *client) lights() bool { return c.deaf >= 0 && c == c.run.clients[0] }

// report tells speakers what has been heard of theirs.
func (c *client) report() {
	if c.voice != nil && c.deaf < 0 {
		raise(&c.voice.own, c.next[c.voice.number], c.voice)
	}
	if !c.witness.Load() {
		return
	}
	for i, s := range c.run.speakers {
		if i != c.deaf {
			raise(&s.witnessed, c.next[i], s)
		}
	}
}

// raise sets what has been heard of s, and wakes it where that is more than
// was known. Only one reader may raise the same value, but for the moment in
// which another becomes the witness.
func raise(heard *atomic.Uint64, n uint64, s *speaker) {
	if n > heard.Load() {
		heard.Store(n)
		select {
		case s.wake <- struct{}{}:
		default: // it is going to look anyway
		}
	}
}

// wires are all connections of a run. Its zero value is ready.
type wires struct {
	mu   sync.Mutex
	open map[wire]struct{}
	end  atomic.Bool
}

// add enters a new connection. When all have been closed it closes that one as
// well, and reports false.
func (ws *wires) add(w wire) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.end.Load() {
		w.Close()
		return false
	}
	if ws.open == nil {
		ws.open = map[wire]struct{}{}
	}
	ws.open[w] = struct{}{}
	return true
}

// remove closes a connection.
func (ws *wires) remove(w wire) {
	ws.mu.Lock()
	delete(ws.open, w)
	ws.mu.Unlock()
	w.Close()
}

// close closes all connections. What readers see of it is not the server's
// doing.
func (ws *wires) close() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.end.Store(true)
	for w := range ws.open {
		w.Close()
	}
	clear(ws.open)
}

func (ws *wires) closed() bool { return ws.end.Load() }
