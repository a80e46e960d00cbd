package gate

import (
	"net/netip"
	"time"

	"teahouse/room"
)

// Kept is how many places there are beyond Total, and beyond Handshakes. They are for
// operators, who must be able to come in when the house is full of those whom they want
// out, or stormed by newcomers, and for this machine.
//
// Nobody is known before the handshake is over. So strangers may have one of these places
// for that time, at doors where operators come in, and are then turned away. The last few
// are for this machine alone.
const (
	Kept        = 12
	machineKept = 4
)

// reserveLocked gives c, for which there is no other, one of the places that are kept. A
// handshake may have to go for it.
func (g *Gate) reserveLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held held) {
	most := 0
	switch {
	case isMachine(addr):
		most = Kept
	case operators:
		most = Kept - machineKept
	}
	if most > 0 && g.kept >= most {
		displaced = g.oldestLocked(nil, true, now)
	}
	if g.kept >= most && displaced == nil {
		held.by = byTotal
	}
	c.kept = true
	return displaced, held
}

// mustGo reports whether c has one of the places that are kept, while there is no other.
func (g *Gate) mustGo(c *Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.releaseLocked(c)
	return c.kept
}

// releaseLocked gives c an ordinary place, if it has one that is kept and there is another.
func (g *Gate) releaseLocked(c *Conn) {
	if c.kept && !c.left && !g.isFullLocked() {
		c.kept = false
		g.kept--
	}
}

// turnAway returns why c has to go. That counts as a refusal.
func (g *Gate) turnAway(c *Conn) *room.Refusal {
	g.mu.Lock()
	refusals := g.tallyLocked(byTotal, time.Now())
	g.mu.Unlock()
	g.logRefused(c, byTotal, refusals)
	return held{by: byTotal}.refusal()
}
