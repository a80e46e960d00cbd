package connlimit

import (
	"net/netip"
	"time"

	"teahouse/internal/reply"
)

// reservedPlaces is how many connections are admitted beyond Total and beyond Handshakes. They
// let programs on this machine and operators in when the server is full or under attack.
//
// Nobody is known before the handshake is over. So a stranger may hold one of these places during
// the handshake, on listeners where operators log in, and is then turned away. The last
// loopbackReserved places are for this machine alone.
const (
	reservedPlaces   = 12
	loopbackReserved = 4
)

// takeReservedLocked gives c a reserved place, when there is no other. It may have to close a
// handshake for that.
func (lim *Limiter) takeReservedLocked(c *Conn, addr netip.Addr, operators bool, now time.Time) (displaced *Conn, held violation) {
	most := 0
	switch {
	case isThisMachine(addr):
		most = reservedPlaces
	case operators:
		most = reservedPlaces - loopbackReserved
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

// stillReserved reports whether c still needs its reserved place. It gives it back if an ordinary
// one is free.
func (lim *Limiter) stillReserved(c *Conn) bool {
	lim.mu.Lock()
	defer lim.mu.Unlock()
	lim.leaveReserveLocked(c)
	return c.reserved
}

// leaveReserveLocked moves c from a reserved place to an ordinary one, if one is free.
func (lim *Limiter) leaveReserveLocked(c *Conn) {
	if c.reserved && !c.released && !lim.isFullLocked() {
		c.reserved = false
		lim.reserved--
	}
}

// refuseReserved counts and logs a refusal, and returns it.
func (lim *Limiter) refuseReserved(c *Conn) *reply.Refusal {
	lim.mu.Lock()
	refusals := lim.countRefusalLocked(limitTotal, time.Now())
	lim.mu.Unlock()
	lim.logRefused(c, limitTotal, refusals)
	return violation{limit: limitTotal}.refusal()
}
