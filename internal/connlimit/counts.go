package connlimit

// Counts are a [Limiter]'s counters. They contain no addresses.
type Counts struct {
	Connections int               // connections now
	Handshakes  int               // those of them without a session
	Accepted    uint64            // connections admitted since the start
	Displaced   uint64            // connections without a session closed to make room, since the start
	Refused     map[string]uint64 // connections refused since the start, by limit; all five limits are present
}

// Counts returns the current counters. Its cost does not depend on the number of connections.
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

// addLocked counts an admitted connection.
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
