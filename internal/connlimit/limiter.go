package connlimit

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/transport"

	"teahouse/internal/reply"
)

// minHandshakeTime is how long a handshake is left in peace before a newcomer
// may displace it.
const minHandshakeTime = time.Second

// A Limiter gives places to connections. Its fields must not change once it has a
// listener; its methods may be called by any goroutine. The zero Limiter has no
// limits.
type Limiter struct {
	// Log gets a line at debug for each connection that is refused, and one at
	// warn for each limit, once a minute at most. A nil Log logs nothing.
	Log *log.Logger

	mu            sync.Mutex
	limits        Limits
	total         int       // connections that have a place
	reserved      int       // those of them that have one of the places that are kept
	handshakes    list.List // of *Conn: those of them that have no session, the oldest first
	usage         usageTable
	refusalCounts map[limitName]*refusalCount
	accepted      uint64 // connections that got a place, ever
	displaced     uint64 // handshakes that lost theirs to a newcomer, ever
}

// New returns a Limiter with the given limits.
func New(l Limits) *Limiter {
	g := &Limiter{}
	g.SetLimits(l)
	return g
}

// SetLimits has other limits hold for who comes from now on. Whoever has a place keeps
// it, and counts, save that a Limiter which had no limits at all did not ask from
// which address they came.
func (lim *Limiter) SetLimits(l Limits) {
	lim.mu.Lock()
	defer lim.mu.Unlock()
	lim.limits = l
	lim.usage.setLimits(l)
}

// acquire gives conn a place, or tells why there is none for it. It does not wait.
// Operators may come by some doors.
func (lim *Limiter) acquire(conn net.Conn, operators bool) (*Conn, *reply.Refusal) {
	c := &Conn{WrappedConn: transport.WrappedConn{Conn: conn}, limiter: lim, closed: make(chan struct{})}
	refusals, told := 0, true
	lim.mu.Lock()
	now := time.Now()
	displaced, held := lim.acquireLocked(c, transport.RemoteIP(conn), operators, now)
	switch {
	case held.limit != "":
		refusals = lim.countRefusalLocked(held.limit, now)
		told = len(c.usages) == 0 || c.usages[len(c.usages)-1].allowNotice(now)
	case displaced != nil:
		lim.displaced++
	}
	lim.mu.Unlock()

	if held.limit != "" {
		lim.logRefused(conn, held.limit, refusals)
		if !told {
			return nil, nil
		}
		return nil, held.refusal()
	}
	if displaced != nil {
		_ = displaced.WrappedConn.Close()
		lim.logDisplaced(displaced)
	}
	return c, nil
}

// acquireLocked gives c a place, or returns what holds it back. When displaced is not
// nil, it has lost its place to c and must be closed.
func (lim *Limiter) acquireLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held violation) {
	if lim.isFullLocked() {
		if displaced, held = lim.makeRoomLocked(c, addr, operators, now); held.limit != "" {
			return nil, held
		}
	}
	if !addr.IsValid() { // it came by a way that not everybody has
		lim.addLocked(c)
		return displaced, held
	}
	if lim.limits != (Limits{}) {
		crowded, held := lim.checkLimitsLocked(c, addr, now)
		switch {
		case held.limit != "":
		case crowded != nil:
			if displaced = lim.evictionCandidateLocked(crowded, c.reserved, now); displaced == nil {
				held.limit = limitHandshakes
			}
		case !c.reserved && lim.handshakesFullLocked():
			if displaced, held = lim.makeRoomLocked(c, addr, operators, now); held.limit != "" {
				held.limit = limitHandshakes
			}
		}
		if held.limit != "" {
			lim.forgetIdleLocked(c.usages, now)
			return nil, held
		}
	}
	lim.addLocked(c)
	c.since = now
	c.handshake = lim.handshakes.PushBack(c)
	if displaced != nil {
		lim.releaseLocked(displaced, now)
	}
	return displaced, held
}

// isFullLocked reports whether all places are taken but those that are kept.
func (lim *Limiter) isFullLocked() bool {
	return lim.limits.Total > 0 && lim.total-lim.reserved >= lim.limits.Total
}

// handshakesFullLocked reports whether no more connections may be without a session.
func (lim *Limiter) handshakesFullLocked() bool {
	return lim.limits.Handshakes > 0 && lim.handshakes.Len() >= lim.limits.Handshakes
}

// makeRoomLocked finds a place for c where all are taken: that of a connection that has no
// session, or else one of those that are kept.
func (lim *Limiter) makeRoomLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held violation) {
	if displaced = lim.evictionCandidateLocked(nil, false, now); displaced != nil {
		return displaced, held
	}
	return lim.takeReservedLocked(c, addr, operators, now)
}

// evictionCandidateLocked returns which connection without a session is to go first: of a source,
// which may be nil for all, and of those that have a place that is kept, or of the
// others. It returns nil where all of them came a moment ago.
//
// That is the oldest from where most are: somebody who takes long to come in, for a
// passphrase that has to be typed, say, stays while a crowd of others waits with it.
func (lim *Limiter) evictionCandidateLocked(of *usage, kept bool, now time.Time) (first *Conn) {
	for e := lim.handshakes.Front(); e != nil; e = e.Next() {
		c := e.Value.(*Conn)
		switch {
		case now.Sub(c.since) <= minHandshakeTime:
			return first
		case c.reserved != kept || of != nil && !c.isFrom(of):
		case first == nil || c.networkHandshakes() > first.networkHandshakes():
			first = c
		}
	}
	return first
}

// checkLimitsLocked holds a newcomer against the limits of its sources, which it notes in c, and
// takes what they have to give. Crowded is the narrowest one of which no more may be
// without a session, or nil.
func (lim *Limiter) checkLimitsLocked(c *Conn, addr netip.Addr, now time.Time) (crowded *usage, held violation) {
	for _, s := range networksOf(addr) {
		a := lim.usage.get(s, now)
		if a == lim.usage.overflow && s.multiple > 1 {
			continue // who is remembered keeps what is its own
		}
		c.usages = append(c.usages, a)
		if held = lim.limits.check(a, lim.total, now); held.limit != "" {
			return nil, held
		}
		if most := lim.limits.maxHandshakes(a.network); most > 0 && a.handshakes >= most {
			crowded = a
		}
	}
	for _, a := range c.usages {
		if a.connects != nil {
			a.connects.AllowN(now, 1)
		}
		if a.input != nil {
			c.inputLimiters = append(c.inputLimiters, a.input)
		}
	}
	if own := lim.limits.inputLimiter(); own != nil {
		c.inputLimiters = append(c.inputLimiters, own)
	}
	return crowded, held
}

// sessionStarted takes c off those that have no session.
func (lim *Limiter) sessionStarted(c *Conn) {
	lim.mu.Lock()
	defer lim.mu.Unlock()
	lim.sessionStartedLocked(c)
	lim.leaveReserveLocked(c)
}

func (lim *Limiter) sessionStartedLocked(c *Conn) {
	if c.handshake == nil {
		return
	}
	lim.handshakes.Remove(c.handshake)
	c.handshake = nil
	for _, a := range c.usages {
		a.handshakes--
	}
}

// sessionEnded puts c back among those that have no session.
func (lim *Limiter) sessionEnded(c *Conn, now time.Time) {
	lim.mu.Lock()
	defer lim.mu.Unlock()
	if c.released || c.handshake != nil {
		return
	}
	c.since = now
	c.handshake = lim.handshakes.PushBack(c)
	for _, a := range c.usages {
		a.handshakes++
	}
}

// release gives back c's place, unless that has happened.
func (lim *Limiter) release(c *Conn) {
	lim.mu.Lock()
	defer lim.mu.Unlock()
	lim.releaseLocked(c, time.Now())
}

func (lim *Limiter) releaseLocked(c *Conn, now time.Time) {
	if c.released {
		return
	}
	c.released = true
	close(c.closed)
	lim.sessionStartedLocked(c)
	lim.total--
	if c.reserved {
		lim.reserved--
	}
	for _, a := range c.usages {
		a.conns--
	}
	lim.forgetIdleLocked(c.usages, now)
}

// forgetIdleLocked forgets those addresses that are of no interest any more.
func (lim *Limiter) forgetIdleLocked(of []*usage, now time.Time) {
	for _, a := range of {
		lim.usage.forgetIfIdle(a, now)
	}
}
