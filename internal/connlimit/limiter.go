package connlimit

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/reply"
	"teahouse/internal/transport"
)

// minHandshakeTime is how long a handshake may take before a new connection can replace it.
const minHandshakeTime = time.Second

// A Limiter admits or refuses connections. Set its fields before the first listener is made; its
// methods may be called from any goroutine. The zero Limiter has no limits.
type Limiter struct {
	// Log receives a line at debug for each refused connection, and one at warn for each limit,
	// at most once a minute. If Log is nil, nothing is logged.
	Log *log.Logger

	mu            sync.Mutex
	limits        Limits
	total         int       // admitted connections
	reserved      int       // those of them that have a reserved place
	handshakes    list.List // of *Conn: those of them without a session, oldest first
	usage         usageTable
	refusalCounts map[limitName]*refusalCount
	accepted      uint64 // connections admitted since the start
	displaced     uint64 // connections without a session closed to make room, since the start
}

// New returns a Limiter with the given limits.
func New(l Limits) *Limiter {
	g := &Limiter{}
	g.SetLimits(l)
	return g
}

// SetLimits changes the limits for new connections. Existing connections stay and still count,
// except those that were admitted while there were no limits at all: their addresses were not
// recorded.
func (lim *Limiter) SetLimits(l Limits) {
	lim.mu.Lock()
	defer lim.mu.Unlock()
	lim.limits = l
	lim.usage.setLimits(l)
}

// acquire admits conn or returns the refusal, which is nil if the client is to be told nothing.
// It does not block. Operators tells whether the listener's protocol knows operators.
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

// acquireLocked admits c, or returns the limit that it exceeds. If displaced is not nil, c has
// taken its place and the caller must close it.
func (lim *Limiter) acquireLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held violation) {
	if lim.isFullLocked() {
		if displaced, held = lim.makeRoomLocked(c, addr, operators, now); held.limit != "" {
			return nil, held
		}
	}
	if !addr.IsValid() { // a unix socket, which not everybody can reach
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

// isFullLocked reports whether all places but the reserved ones are taken.
func (lim *Limiter) isFullLocked() bool {
	return lim.limits.Total > 0 && lim.total-lim.reserved >= lim.limits.Total
}

// handshakesFullLocked reports whether the number of connections without a session is at its
// limit.
func (lim *Limiter) handshakesFullLocked() bool {
	return lim.limits.Handshakes > 0 && lim.handshakes.Len() >= lim.limits.Handshakes
}

// makeRoomLocked finds a place for c when all are taken: that of a connection without a session,
// or else a reserved one.
func (lim *Limiter) makeRoomLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held violation) {
	if displaced = lim.evictionCandidateLocked(nil, false, now); displaced != nil {
		return displaced, held
	}
	return lim.takeReservedLocked(c, addr, operators, now)
}

// evictionCandidateLocked returns the connection without a session that should be closed first,
// or nil if all of them are newer than minHandshakeTime. It looks at connections of one network,
// or of all if that is nil, and only at those with a reserved place or only at those without.
//
// It picks the oldest from the network with the most connections. So a client that takes long to
// log in, for instance to type a passphrase, survives a crowd of silent ones.
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

// checkLimitsLocked checks a new connection against the limits of its address and networks,
// records these in c, and takes a token from each. Crowded is the narrowest network that has
// reached its limit of connections without a session, or nil.
func (lim *Limiter) checkLimitsLocked(c *Conn, addr netip.Addr, now time.Time) (crowded *usage, held violation) {
	for _, s := range networksOf(addr) {
		a := lim.usage.get(s, now)
		if a == lim.usage.overflow && s.multiple > 1 {
			continue // wider networks that are remembered keep their own limits
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

// sessionStarted takes c off the list of connections without a session.
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

// sessionEnded puts c back on the list of connections without a session.
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

// release gives c's place back, once.
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

// forgetIdleLocked forgets those of the networks that have nothing left to remember.
func (lim *Limiter) forgetIdleLocked(of []*usage, now time.Time) {
	for _, a := range of {
		lim.usage.forgetIfIdle(a, now)
	}
}
