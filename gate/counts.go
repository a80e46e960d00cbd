package gate

// Counts say how a [Gate] does. They name nobody.
type Counts struct {
	Connections int               // that have a place
	Handshakes  int               // those of them that have no session
	Accepted    uint64            // connections that got a place, ever
	Displaced   uint64            // those without a session that lost theirs to a newcomer, ever
	Refused     map[string]uint64 // connections that got none, ever, by limit: all five are in it
}

// Counts returns how the Gate does. Its cost does not depend on how many there are.
func (g *Gate) Counts() Counts {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := Counts{
		Connections: g.total,
		Handshakes:  g.handshakes.Len(),
		Accepted:    g.accepted,
		Displaced:   g.displaced,
		Refused:     map[string]uint64{},
	}
	for _, by := range []limit{byTotal, byAddress, byNetwork, byConnects, byHandshakes} {
		c.Refused[string(by)] = 0
		if t := g.tallies[by]; t != nil {
			c.Refused[string(by)] = t.ever
		}
	}
	return c
}

// countLocked counts a connection that got a place.
func (g *Gate) countLocked(c *Conn) {
	g.total++
	g.accepted++
	if c.kept {
		g.kept++
	}
	for _, a := range c.sources {
		a.conns++
		a.handshakes++
	}
}
