package connlimit

import (
	"net/netip"
	"time"

	"teahouse/internal/reply"
)

// ReservedPlaces is how many places there are beyond Total, and beyond Handshakes. They are for
// operators, who must be able to come in when the house is full of those whom they want
// out, or stormed by newcomers, and for this machine.
//
// Nobody is known before the handshake is over. So strangers may have one of these places
// for that time, at doors where operators come in, and are then turned away. The last few
// are for this machine alone.
const (
	ReservedPlaces   = 12
	loopbackReserved = 4
)

// takeReservedLocked gives c, for which there is no other, one of the places that are kept. A
// handshake may have to go for it.
func (lim *Limiter) takeReservedLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held violation) {
	most := 0
	switch {
	case isThisMachine(addr):
		most = ReservedPlaces
	case operators:
		most = ReservedPlaces - loopbackReserved
	}
	if most > 0 && lim.reserved >= most {
		displaced = lim.evictionCandidateLocked(nil, true, now)
	}
	if lim.reserved >= most && displaced == nil {
		held.limit = limitTotal
	}
	c.reserved = true
	return displaced, held
}

// stillReserved reports whether c has one of the places that are kept, while there is no other.
func (lim *Limiter) stillReserved(c *Conn) bool {
	lim.mu.Lock()
	defer lim.mu.Unlock()
	lim.leaveReserveLocked(c)
	return c.reserved
}

// leaveReserveLocked gives c an ordinary place, if it has one that is kept and there is another.
func (lim *Limiter) leaveReserveLocked(c *Conn) {
	if c.reserved && !c.released && !lim.isFullLocked() {
		c.reserved = false
		lim.reserved--
	}
}

// refuseReserved returns why c has to go. That counts as a refusal.
func (lim *Limiter) refuseReserved(c *Conn) *reply.Refusal {
	lim.mu.Lock()
	refusals := lim.countRefusalLocked(limitTotal, time.Now())
	lim.mu.Unlock()
	lim.logRefused(c, limitTotal, refusals)
	return violation{limit: limitTotal}.refusal()
}
