package connlimit

// Counts say how a [Limiter] does. They name nobody.
type Counts struct {
	Connections int               // that have a place
	Handshakes  int               // those of them that have no session
	Accepted    uint64            // connections that got a place, ever
	Displaced   uint64            // those without a session that lost theirs to a newcomer, ever
	Refused     map[string]uint64 // connections that got none, ever, by limit: all five are in it
}

// Counts returns how the Limiter does. Its cost does not depend on how many there are.
func (lim *Limiter) Counts() Counts {
	lim.mu.Lock()
	defer lim.mu.Unlock()
	c := Counts{
		Connections: lim.total,
		Handshakes:  lim.handshakes.Len(),
		Accepted:    lim.accepted,
		Displaced:   lim.displaced,
		Refused:     map[string]uint64{},
	}
	for _, by := range []limitName{limitTotal, limitAddress, limitNetwork, limitConnects, limitHandshakes} {
		c.Refused[string(by)] = 0
		if t := lim.refusalCounts[by]; t != nil {
			c.Refused[string(by)] = t.total
		}
	}
	return c
}

// addLocked counts a connection that got a place.
func (lim *Limiter) addLocked(c *Conn) {
	lim.total++
	lim.accepted++
	if c.reserved {
		lim.reserved++
	}
	for _, a := range c.usages {
		a.conns++
		a.handshakes++
	}
}
