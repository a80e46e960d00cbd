package connlimit

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/transport"

	"teahouse/internal/reply"
)

const (
	// maxRead is the most bytes that one read takes: who has to pay for more would be silent
	// for longer than a client waits.
	maxRead = 4 << 10

	// minReadCost is how many bytes one read costs at least. A key that is typed is half of
	// that in SSH; who sends byte by byte has the machine wake up for each.
	minReadCost = 128
)

// A Conn is a connection that has a place. One goroutine may read from it at a time.
type Conn struct {
	transport.WrappedConn
	limiter *Limiter // nil for one that no Limiter gave a place

	inputLimiters []*rate.Limiter // what bytes that come take tokens of: its own, and its sources'
	closed        chan struct{}   // as it is closed; nil for one that no Limiter gave a place

	delayMu sync.Mutex
	readAt  time.Time // when all is paid for

	// Written under the Limiter's lock.
	usages    []*usage      // none where it is unknown
	since     time.Time     // when it came, or when its last session ended
	handshake *list.Element // nil while it has a session
	reserved  bool          // its place is one of those that are kept
	released  bool          // its place is given back
}

// SessionStarted tells that the client has a session: the connection cannot be displaced any
// more. Doors call it by [transport.SessionStarted]. It may be called by any goroutine, and again.
func (c *Conn) SessionStarted() {
	if c.limiter != nil {
		c.limiter.sessionStarted(c)
	}
}

// SessionEnded tells that the client has no session any more: the connection is a newcomer's
// again. Doors call it by [transport.SessionEnded]. It may be called by any goroutine, and again.
func (c *Conn) SessionEnded() {
	if c.limiter != nil {
		c.limiter.sessionEnded(c, time.Now())
	}
}

// CheckReserved tells who the client is, and returns why it may not stay: nil, unless it has one
// of the places that are kept for others. Doors call it by [transport.CheckReserved].
func (c *Conn) CheckReserved(isOperator func() bool) *reply.Refusal {
	if c.limiter == nil || !c.limiter.stillReserved(c) || isThisMachine(transport.RemoteIP(c)) || isOperator() {
		return nil
	}
	return c.limiter.refuseReserved(c)
}

// DelayReads has the next read wait until so long from now at least. Doors call it by [transport.DelayReads],
// from any goroutine.
func (c *Conn) DelayReads(d time.Duration) { c.delayUntil(time.Now().Add(d)) }

func (c *Conn) delayUntil(at time.Time) {
	c.delayMu.Lock()
	defer c.delayMu.Unlock()
	if at.After(c.readAt) {
		c.readAt = at
	}
}

// Read reads no faster than may be sent: what has come is there at once, and the next
// read waits until it is paid for.
func (c *Conn) Read(p []byte) (int, error) {
	c.waitToRead()
	if len(c.inputLimiters) == 0 {
		return c.WrappedConn.Read(p)
	}
	n, err := c.WrappedConn.Read(p[:min(len(p), maxRead)])
	if n > 0 {
		now := time.Now()
		for _, bytes := range c.inputLimiters {
			c.delayUntil(now.Add(bytes.ReserveN(now, max(n, minReadCost)).DelayFrom(now)))
		}
	}
	return n, err
}

// waitToRead sleeps until all is paid for, or the connection is closed.
func (c *Conn) waitToRead() {
	for d := c.readDelay(); d > 0; d = c.readDelay() {
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-c.closed:
			timer.Stop()
			return
		}
	}
}

func (c *Conn) readDelay() time.Duration {
	c.delayMu.Lock()
	defer c.delayMu.Unlock()
	return time.Until(c.readAt)
}

// Close gives back the place and closes the connection. It may be called by any
// goroutine, and again; the place is given back once.
func (c *Conn) Close() error {
	if c.limiter != nil {
		c.limiter.release(c)
	}
	return c.WrappedConn.Close()
}

// networkHandshakes returns how many connections without a session come from the widest network that
// is known of c. The Limiter's lock is held.
func (c *Conn) networkHandshakes() int {
	for _, a := range c.usages {
		if !a.isOverflow() {
			return a.handshakes
		}
	}
	return 1
}

func (c *Conn) isFrom(a *usage) bool { return slices.Contains(c.usages, a) }
