package gate

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"teahouse/door"
	"teahouse/room"
)

const (
	// maxRead is the most bytes that one read takes: who has to pay for more would be silent
	// for longer than a client waits.
	maxRead = 4 << 10

	// leastRead is how many bytes one read costs at least. A key that is typed is half of
	// that in SSH; who sends byte by byte has the machine wake up for each.
	leastRead = 128
)

// A Conn is a connection that has a place. One goroutine may read from it at a time.
type Conn struct {
	door.Socket
	gate *Gate // nil for one that no Gate gave a place

	input  []*rate.Limiter // what bytes that come take tokens of: its own, and its sources'
	closed chan struct{}   // as it is closed; nil for one that no Gate gave a place

	paying sync.Mutex
	paid   time.Time // when all is paid for

	// Written under the Gate's lock.
	sources   []*address    // none where it is unknown
	since     time.Time     // when it came, or when its last session ended
	handshake *list.Element // nil while it has a session
	kept      bool          // its place is one of those that are kept
	left      bool          // its place is given back
}

// Admitted tells that the client has a session: the connection cannot be displaced any
// more. Doors call it by [door.Admit]. It may be called by any goroutine, and again.
func (c *Conn) Admitted() {
	if c.gate != nil {
		c.gate.admit(c)
	}
}

// Vacated tells that the client has no session any more: the connection is a newcomer's
// again. Doors call it by [door.Vacate]. It may be called by any goroutine, and again.
func (c *Conn) Vacated() {
	if c.gate != nil {
		c.gate.vacate(c, time.Now())
	}
}

// Stay tells who the client is, and returns why it may not stay: nil, unless it has one
// of the places that are kept for others. Doors call it by [door.Stay].
func (c *Conn) Stay(isOperator func() bool) *room.Refusal {
	if c.gate == nil || !c.gate.mustGo(c) || isMachine(door.Remote(c)) || isOperator() {
		return nil
	}
	return c.gate.turnAway(c)
}

// Hold has the next read wait until so long from now at least. Doors call it by [door.Hold],
// from any goroutine.
func (c *Conn) Hold(d time.Duration) { c.payBy(time.Now().Add(d)) }

func (c *Conn) payBy(at time.Time) {
	c.paying.Lock()
	defer c.paying.Unlock()
	if at.After(c.paid) {
		c.paid = at
	}
}

// Read reads no faster than may be sent: what has come is there at once, and the next
// read waits until it is paid for.
func (c *Conn) Read(p []byte) (int, error) {
	c.rest()
	if len(c.input) == 0 {
		return c.Socket.Read(p)
	}
	n, err := c.Socket.Read(p[:min(len(p), maxRead)])
	if n > 0 {
		now := time.Now()
		for _, bytes := range c.input {
			c.payBy(now.Add(bytes.ReserveN(now, max(n, leastRead)).DelayFrom(now)))
		}
	}
	return n, err
}

// rest sleeps until all is paid for, or the connection is closed.
func (c *Conn) rest() {
	for d := c.owed(); d > 0; d = c.owed() {
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-c.closed:
			timer.Stop()
			return
		}
	}
}

func (c *Conn) owed() time.Duration {
	c.paying.Lock()
	defer c.paying.Unlock()
	return time.Until(c.paid)
}

// Close gives back the place and closes the connection. It may be called by any
// goroutine, and again; the place is given back once.
func (c *Conn) Close() error {
	if c.gate != nil {
		c.gate.leave(c)
	}
	return c.Socket.Close()
}

// crowd returns how many connections without a session come from the widest network that
// is known of c. The Gate's lock is held.
func (c *Conn) crowd() int {
	for _, a := range c.sources {
		if !a.isOthers() {
			return a.handshakes
		}
	}
	return 1
}

func (c *Conn) isOf(a *address) bool { return slices.Contains(c.sources, a) }
