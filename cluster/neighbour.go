package cluster

import (
	"context"
	"time"

	"teahouse/room"
)

const (
	// silentTime is after how long without a word from a node it is read in the
	// store what it said last; lostTime after how long its people have left, and
	// reserveTime for how long after that their names are kept.
	silentTime  = 4500 * time.Millisecond
	lostTime    = 10 * time.Second
	reserveTime = 20 * time.Second

	// askTime is how long it is waited for what was asked for again, and catchTime
	// how long it may take to read it in the store.
	askTime   = 2 * time.Second
	catchTime = 30 * time.Second

	// stuckTime is how long lines wait for the room that they were said in to be
	// known here.
	stuckTime = 10 * time.Second
)

// A state is whether a node is there.
type state int

const (
	answers state = iota
	lost
	left // and said so
)

// A neighbour is another node, as this one knows it. It is run's.
type neighbour struct {
	link     *Link
	node     string
	identity string
	room     *room.Neighbour
	state    state

	last    uint64         // its last packet of which all was heard; those after are asked for
	known   bool           // last is of this identity
	asked   time.Time      // when was asked for what is missing; zero where nothing is
	all     []room.Session // of an answer that goes on
	stuck   time.Time      // since when there are lines of a room that is not known here
	heardOf time.Time      // when something came from it last

	safe     uint64    // what it has stored up to there was heard
	behind   uint64    // how much it has yet to store
	catching bool      // the store is being read
	caughtAt time.Time // when it was last
	missing  bool      // some of what it said is nowhere but in the store
}

// A catch is what was found in the store of what a neighbour said.
type catch struct {
	of       *neighbour
	identity string
	lines    []caughtLine
	err      error
}

type caughtLine struct {
	room  string
	event *room.Event
}

func newNeighbour(l *Link, node string) *neighbour {
	l.log.Info("cluster: another node", "node", node)
	return &neighbour{
		link: l, node: node, safe: l.began, heardOf: time.Now(),
		room: l.house.Neighbour(node, home{l, node}),
	}
}

// receive hears a packet: the next one, or one that is said again. Where others are
// missing before it, it is left alone until they were asked for.
func (n *neighbour) receive(p *packet) {
	n.there(p.Identity)
	switch {
	case n.catching, n.missing && p.N > 0: // what comes now is asked for again
	case p.N == 0:
		n.hearAgain(p)
	case !n.known || p.N > n.last+1:
		n.askAgain()
	case p.N == n.last+1:
		if !p.Lost {
			n.hearNext(p)
			return
		}
		n.missing = true
		n.glance()
	}
}

// there notes that the node is there, as a process of an identity.
func (n *neighbour) there(identity string) {
	n.heardOf = time.Now()
	if n.state != answers {
		n.state, n.known, n.asked = answers, false, time.Time{}
		n.link.log.Info("cluster: a node answers again", "node", n.node)
	}
	if identity == n.identity {
		return
	}
	if n.identity != "" {
		n.room.Leave() // another process: those were let out when that one ended
	}
	n.identity = identity
	n.last, n.known, n.asked, n.all, n.missing = 0, false, time.Time{}, nil, false
	n.room.Begin(n.link.store.Heard()[identity])
	n.link.beat(false) // has it know at once that this one is there
}

func (n *neighbour) hearNext(p *packet) {
	n.room.Meet(present(p.Sessions))
	if !n.hear(p) {
		return
	}
	n.room.Meet(gone(p.Sessions))
	n.last = p.N
}

// hear hears the lines of a packet. It reports false where they have to wait for a
// room: then the packet is asked for again.
func (n *neighbour) hear(p *packet) bool {
	waits := false
	for i := range p.Events {
		e, err := p.Events[i].event()
		if err != nil {
			n.link.log.Warn("cluster: an event cannot be read", "node", n.node, "err", err)
			continue
		}
		waits = !n.room.Hear(p.Events[i].Room, e) || waits
	}
	switch {
	case !waits:
		n.stuck = time.Time{}
		return true
	case n.stuck.IsZero():
		n.stuck = time.Now()
	case time.Since(n.stuck) > stuckTime: // the room is closed
		n.stuck = time.Time{}
		return true
	}
	n.askAgain()
	return false
}

// hearAgain hears a part of the answer to an ask.
func (n *neighbour) hearAgain(p *packet) {
	if p.Lost && time.Since(n.caughtAt) > stuckTime {
		n.missing = true
		n.glance()
	}
	if n.missing { // and comes first
		return
	}
	n.hear(p)
	if !p.All {
		return
	}
	n.all = append(n.all, p.Sessions...)
	if p.More {
		return
	}
	n.room.MeetAll(n.all)
	n.all = nil
	if n.stuck.IsZero() {
		n.last, n.known, n.asked = p.Upto, true, time.Time{}
	}
}

// askAgain asks for what is missing, unless it was asked for a moment ago.
func (n *neighbour) askAgain() {
	if time.Since(n.asked) < askTime && n.stuck.IsZero() || time.Since(n.asked) < glanceTime {
		return
	}
	n.asked, n.all = time.Now(), nil
	l := n.link
	if err := l.conn.PublishRequest(againSubject(n.node), l.replySubject(), encode(ask{After: n.last})); err != nil {
		l.log.Debug("cluster: cannot ask for what is missing", "node", n.node, "err", err)
	}
}

// beaten hears that the node is there, or that it leaves.
func (n *neighbour) beaten(b *beat) {
	if b.Leaving {
		n.link.log.Info("cluster: a node leaves", "node", n.node)
		n.room.Leave()
		n.state, n.known = left, false
		return
	}
	n.there(b.Identity)
	n.behind = b.Behind
	switch {
	case n.catching:
	case !n.known || b.N != n.last:
		n.askAgain()
	case !n.missing:
		n.safe = max(n.safe, b.Stored)
	}
}

// glance looks how long nothing came from the node, and does what follows.
func (n *neighbour) glance() state {
	silent := time.Since(n.heardOf)
	switch {
	case n.state != answers:
	case silent > lostTime:
		n.link.log.Warn("cluster: a node does not answer; its people have left", "node", n.node)
		n.state = lost
		n.room.Lose(reserveTime)
		n.catchUp()
	case silent > silentTime && n.caughtAt.Before(n.heardOf):
		n.catchUp()
	case n.missing && n.behind < mostPackets/2: // else it has not stored it either
		n.catchUp()
	case !n.asked.IsZero() && n.identity != "":
		n.askAgain()
	}
	return n.state
}

// catchUp reads in the store what the node said that did not come.
func (n *neighbour) catchUp() {
	if n.catching || n.identity == "" {
		return
	}
	n.catching = true
	l, c, after := n.link, &catch{of: n, identity: n.identity}, n.safe
	l.running.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, catchTime)
		defer cancel()
		c.err = l.store.Tail(ctx, after, func(identity, where string, e *room.Event) {
			if identity == c.identity {
				c.lines = append(c.lines, caughtLine{where, e})
			}
		})
		select {
		case l.caught <- c:
		case <-l.ctx.Done():
		}
	})
}

// hearCaught hears what was found in the store.
func (n *neighbour) hearCaught(c *catch) {
	n.catching, n.caughtAt = false, time.Now()
	if c.err != nil {
		n.link.log.Warn("cluster: cannot read yet what a node stored", "node", n.node, "err", c.err)
		if n.state != left {
			n.caughtAt = time.Time{} // and look again
		}
		return
	}
	if c.identity == n.identity {
		for _, line := range c.lines {
			n.room.Hear(line.room, line.event)
		}
		n.missing = false
	}
	if n.state == answers {
		n.known = false
		n.askAgain()
	}
}

// present returns the sessions that are not over.
func present(sessions []room.Session) (there []room.Session) {
	for _, s := range sessions {
		if s.Left == "" {
			there = append(there, s)
		}
	}
	return there
}

// gone returns those that are.
func gone(sessions []room.Session) (over []room.Session) {
	for _, s := range sessions {
		if s.Left != "" {
			over = append(over, s)
		}
	}
	return over
}
