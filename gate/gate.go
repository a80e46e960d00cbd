package gate

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/door"
	"teahouse/room"
)

// leastHandshake is how long a handshake is left in peace before a newcomer
// may displace it.
const leastHandshake = time.Second

// A Gate gives places to connections. Its fields must not change once it has a
// listener; its methods may be called by any goroutine. The zero Gate has no
// limits.
type Gate struct {
	// Log gets a line at debug for each connection that is refused, and one at
	// warn for each limit, once a minute at most. A nil Log logs nothing.
	Log *log.Logger

	mu         sync.Mutex
	limits     Limits
	total      int       // connections that have a place
	kept       int       // those of them that have one of the places that are kept
	handshakes list.List // of *Conn: those of them that have no session, the oldest first
	addresses  table
	tallies    map[limit]*tally
	accepted   uint64 // connections that got a place, ever
	displaced  uint64 // handshakes that lost theirs to a newcomer, ever
}

// New returns a Gate with the given limits.
func New(l Limits) *Gate {
	g := &Gate{}
	g.Limit(l)
	return g
}

// Limit has other limits hold for who comes from now on. Whoever has a place keeps
// it, and counts, save that a Gate which had no limits at all did not ask from
// which address they came.
func (g *Gate) Limit(l Limits) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limits = l
	g.addresses.limit(l)
}

// enter gives conn a place, or tells why there is none for it. It does not wait.
// Operators may come by some doors.
func (g *Gate) enter(conn net.Conn, operators bool) (*Conn, *room.Refusal) {
	c := &Conn{Socket: door.Socket{Conn: conn}, gate: g, closed: make(chan struct{})}
	refusals, told := 0, true
	g.mu.Lock()
	now := time.Now()
	displaced, held := g.takePlaceLocked(c, door.Remote(conn), operators, now)
	switch {
	case held.by != "":
		refusals = g.tallyLocked(held.by, now)
		told = len(c.sources) == 0 || c.sources[len(c.sources)-1].tells(now)
	case displaced != nil:
		g.displaced++
	}
	g.mu.Unlock()

	if held.by != "" {
		g.logRefused(conn, held.by, refusals)
		if !told {
			return nil, nil
		}
		return nil, held.refusal()
	}
	if displaced != nil {
		_ = displaced.Socket.Close()
		g.logDisplaced(displaced)
	}
	return c, nil
}

// takePlaceLocked gives c a place, or returns what holds it back. When displaced is not
// nil, it has lost its place to c and must be closed.
func (g *Gate) takePlaceLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held held) {
	if g.isFullLocked() {
		if displaced, held = g.makeRoomLocked(c, addr, operators, now); held.by != "" {
			return nil, held
		}
	}
	if !addr.IsValid() { // it came by a way that not everybody has
		g.countLocked(c)
		return displaced, held
	}
	if g.limits != (Limits{}) {
		crowded, held := g.holdLocked(c, addr, now)
		switch {
		case held.by != "":
		case crowded != nil:
			if displaced = g.oldestLocked(crowded, c.kept, now); displaced == nil {
				held.by = byHandshakes
			}
		case !c.kept && g.areSessionlessFullLocked():
			if displaced, held = g.makeRoomLocked(c, addr, operators, now); held.by != "" {
				held.by = byHandshakes
			}
		}
		if held.by != "" {
			g.forgetLocked(c.sources, now)
			return nil, held
		}
	}
	g.countLocked(c)
	c.since = now
	c.handshake = g.handshakes.PushBack(c)
	if displaced != nil {
		g.leaveLocked(displaced, now)
	}
	return displaced, held
}

// isFullLocked reports whether all places are taken but those that are kept.
func (g *Gate) isFullLocked() bool {
	return g.limits.Total > 0 && g.total-g.kept >= g.limits.Total
}

// areSessionlessFullLocked reports whether no more connections may be without a session.
func (g *Gate) areSessionlessFullLocked() bool {
	return g.limits.Handshakes > 0 && g.handshakes.Len() >= g.limits.Handshakes
}

// makeRoomLocked finds a place for c where all are taken: that of a connection that has no
// session, or else one of those that are kept.
func (g *Gate) makeRoomLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held held) {
	if displaced = g.oldestLocked(nil, false, now); displaced != nil {
		return displaced, held
	}
	return g.reserveLocked(c, addr, operators, now)
}

// oldestLocked returns which connection without a session is to go first: of a source,
// which may be nil for all, and of those that have a place that is kept, or of the
// others. It returns nil where all of them came a moment ago.
//
// That is the oldest from where most are: somebody who takes long to come in, for a
// passphrase that has to be typed, say, stays while a crowd of others waits with it.
func (g *Gate) oldestLocked(of *address, kept bool, now time.Time) (first *Conn) {
	for e := g.handshakes.Front(); e != nil; e = e.Next() {
		c := e.Value.(*Conn)
		switch {
		case now.Sub(c.since) <= leastHandshake:
			return first
		case c.kept != kept || of != nil && !c.isOf(of):
		case first == nil || c.crowd() > first.crowd():
			first = c
		}
	}
	return first
}

// holdLocked holds a newcomer against the limits of its sources, which it notes in c, and
// takes what they have to give. Crowded is the narrowest one of which no more may be
// without a session, or nil.
func (g *Gate) holdLocked(c *Conn, addr netip.Addr, now time.Time) (crowded *address, held held) {
	for _, s := range sources(addr) {
		a := g.addresses.at(s, now)
		if a == g.addresses.others && s.times > 1 {
			continue // who is remembered keeps what is its own
		}
		c.sources = append(c.sources, a)
		if held = g.limits.hold(a, g.total, now); held.by != "" {
			return nil, held
		}
		if most := g.limits.handshakes(a.source); most > 0 && a.handshakes >= most {
			crowded = a
		}
	}
	for _, a := range c.sources {
		if a.bucket != nil {
			a.bucket.AllowN(now, 1)
		}
		if a.input != nil {
			c.input = append(c.input, a.input)
		}
	}
	if own := g.limits.input(); own != nil {
		c.input = append(c.input, own)
	}
	return crowded, held
}

// admit takes c off those that have no session.
func (g *Gate) admit(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admitLocked(c)
	g.releaseLocked(c)
}

func (g *Gate) admitLocked(c *Conn) {
	if c.handshake == nil {
		return
	}
	g.handshakes.Remove(c.handshake)
	c.handshake = nil
	for _, a := range c.sources {
		a.handshakes--
	}
}

// vacate puts c back among those that have no session.
func (g *Gate) vacate(c *Conn, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.left || c.handshake != nil {
		return
	}
	c.since = now
	c.handshake = g.handshakes.PushBack(c)
	for _, a := range c.sources {
		a.handshakes++
	}
}

// leave gives back c's place, unless that has happened.
func (g *Gate) leave(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leaveLocked(c, time.Now())
}

func (g *Gate) leaveLocked(c *Conn, now time.Time) {
	if c.left {
		return
	}
	c.left = true
	close(c.closed)
	g.admitLocked(c)
	g.total--
	if c.kept {
		g.kept--
	}
	for _, a := range c.sources {
		a.conns--
	}
	g.forgetLocked(c.sources, now)
}

// forgetLocked forgets those addresses that are of no interest any more.
func (g *Gate) forgetLocked(of []*address, now time.Time) {
	for _, a := range of {
		g.addresses.settle(a, now)
	}
}
