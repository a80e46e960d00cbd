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

// Limits are how many may come in. A field of 0 lifts its limit.
type Limits struct {
	Address    int // connections at a time from one address, as [room.Source] has it
	Connects   int // new connections a minute from one address; half of them, but at least one, may come at once
	Handshakes int // connections at a time, of everybody, that are not in yet
	Total      int // connections at a time, of everybody
}

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
	handshakes list.List // of *Conn: those of them that are not in yet, the oldest first
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
	g.addresses.limit(l.Connects)
}

// enter gives conn a place, or tells why there is none for it. It does not
// wait.
func (g *Gate) enter(conn net.Conn) (*Conn, *room.Refusal) {
	c := &Conn{Socket: door.Socket{Conn: conn}, gate: g}
	refusals := 0
	g.mu.Lock()
	now := time.Now()
	displaced, by := g.takePlaceLocked(c, door.Remote(conn), now)
	switch {
	case by != "":
		refusals = g.tallyLocked(by, now)
	case displaced != nil:
		g.displaced++
	}
	limits := g.limits
	g.mu.Unlock()

	if by != "" {
		g.logRefused(conn, by, refusals)
		return nil, limits.refusal(by)
	}
	if displaced != nil {
		_ = displaced.Socket.Close()
		g.logDisplaced(displaced)
	}
	return c, nil
}

// takePlaceLocked gives c a place, or returns the limit that is reached. When
// displaced is not nil, it has lost its place to c and must be closed.
func (g *Gate) takePlaceLocked(c *Conn, addr netip.Addr, now time.Time) (displaced *Conn, by limit) {
	if g.limits.Total > 0 && g.total >= g.limits.Total {
		return nil, byTotal
	}
	if !addr.IsValid() { // it came by a way that not everybody has
		g.countLocked()
		return nil, ""
	}
	if g.limits != (Limits{}) {
		a := g.addresses.at(room.Source(addr), now)
		if displaced, by = g.passLocked(a, now); by != "" {
			g.addresses.settle(a, now)
			return nil, by
		}
		a.conns++
		c.address = a
	}
	g.countLocked()
	c.handshake = g.handshakes.PushBack(c)
	c.began = now
	return displaced, ""
}

// passLocked holds a newcomer from a against all limits but Total.
func (g *Gate) passLocked(a *address, now time.Time) (displaced *Conn, by limit) {
	switch {
	case g.limits.Address > 0 && a.conns >= g.limits.Address && a != g.addresses.others:
		return nil, byAddress
	case a.bucket != nil && !a.bucket.AllowN(now, 1):
		return nil, byConnects
	case g.limits.Handshakes <= 0 || g.handshakes.Len() < g.limits.Handshakes:
		return nil, ""
	}
	oldest := g.handshakes.Front().Value.(*Conn)
	if now.Sub(oldest.began) <= leastHandshake {
		return nil, byHandshakes
	}
	g.leaveLocked(oldest, now)
	return oldest, ""
}

// admit takes c off those who are not in yet.
func (g *Gate) admit(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admitLocked(c)
}

func (g *Gate) admitLocked(c *Conn) {
	if c.handshake != nil {
		g.handshakes.Remove(c.handshake)
		c.handshake = nil
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
	g.admitLocked(c)
	g.total--
	if c.address != nil {
		c.address.conns--
		g.addresses.settle(c.address, now)
	}
}
