package connlimit

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/reply"
	"teahouse/internal/transport"
)

const (
	// maxRead is the most bytes that one read returns. Paying for a larger read would silence a
	// client for longer than it waits for an answer.
	maxRead = 4 << 10

	// minReadCost is the least number of bytes that one read is charged. Each read wakes the
	// machine up, however little it returns. Over SSH, a keystroke takes about half of this.
	minReadCost = 128
)

// A Conn is a connection that the Limiter has admitted. One goroutine may read from it at a time.
type Conn struct {
	transport.WrappedConn
	limiter *Limiter // nil if no Limiter admitted the connection

	inputLimiters []*rate.Limiter // token buckets for input: the connection's own and those of its networks
	closed        chan struct{}   // closed by Close; nil if no Limiter admitted the connection

	delayMu sync.Mutex
	readAt  time.Time // when everything read so far is paid for

	// The Limiter's lock guards these.
	usages    []*usage      // of the address and its networks, the widest first; empty if not counted
	since     time.Time     // when it connected, or when its last session ended
	handshake *list.Element // in Limiter.handshakes; nil during a session
	reserved  bool          // it has one of the reserved places
	released  bool          // its place has been given back
}

// SessionStarted is called through [transport.SessionStarted]: from now on the connection is not
// closed to make room for others. It may be called from any goroutine, and more than once.
func (c *Conn) SessionStarted() {
	if c.limiter != nil {
		c.limiter.sessionStarted(c)
	}
}

// SessionEnded is called through [transport.SessionEnded]: from now on the connection may be closed
// to make room for others. It may be called from any goroutine, and more than once.
func (c *Conn) SessionEnded() {
	if c.limiter != nil {
		c.limiter.sessionEnded(c, time.Now())
	}
}

// CheckReserved is called through [transport.CheckReserved]. It returns a refusal if the connection
// has a reserved place to which the client has no right, and nil otherwise.
func (c *Conn) CheckReserved(isOperator func() bool) *reply.Refusal {
	if c.limiter == nil || !c.limiter.stillReserved(c) || isThisMachine(transport.RemoteIP(c)) || isOperator() {
		return nil
	}
	return c.limiter.refuseReserved(c)
}

// DelayReads is called through [transport.DelayReads]: the next read waits until at least d from
// now. It may be called from any goroutine.
func (c *Conn) DelayReads(d time.Duration) { c.delayUntil(time.Now().Add(d)) }

func (c *Conn) delayUntil(at time.Time) {
	c.delayMu.Lock()
	defer c.delayMu.Unlock()
	if at.After(c.readAt) {
		c.readAt = at
	}
}

// Read returns what has arrived without delay, and makes the next read wait until these bytes are
// paid for.
func (c *Conn) Read(p []byte) (int, error) {
	c.waitToRead()
	if len(c.inputLimiters) == 0 {
		return c.WrappedConn.Read(p)
	}
	n, err := c.WrappedConn.Read(p[:min(len(p), maxRead)])
	if n > 0 {
		now := time.Now()
		for _, l := range c.inputLimiters {
			c.delayUntil(now.Add(l.ReserveN(now, max(n, minReadCost)).DelayFrom(now)))
		}
	}
	return n, err
}

// waitToRead blocks until everything is paid for, or the connection is closed.
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

// Close gives the place back and closes the connection. It may be called from any goroutine, and
// more than once; the place is given back once.
func (c *Conn) Close() error {
	if c.limiter != nil {
		c.limiter.release(c)
	}
	return c.WrappedConn.Close()
}

// networkHandshakes returns how many connections without a session come from the widest counted
// network of c. The caller holds the Limiter's lock.
func (c *Conn) networkHandshakes() int {
	for _, a := range c.usages {
		if !a.isOverflow() {
			return a.handshakes
		}
	}
	return 1
}

func (c *Conn) isFrom(a *usage) bool { return slices.Contains(c.usages, a) }
