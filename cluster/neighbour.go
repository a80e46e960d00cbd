package cluster

import (
	"context"
	"time"

	"teahouse/room"
)

const (
	// silentTime is after how long without a word from a node it is read in the
	// store what it said last.
	silentTime = 4500 * time.Millisecond

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
	earlier  map[string]bool // identities of processes that were there before
	next     string          // that of the one that is there, until what the one before stored is heard
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
	catching *catch    // the store is being read; nil where it is not, or to no avail
	caughtAt time.Time // when it was last
	missing  bool      // some of what it said is nowhere but in the store
	wants    bool      // to read the store
	failed   bool      // that could not be read, which is logged
}

// A catch is what was found in the store of what a neighbour said.
type catch struct {
	of    *neighbour
	lines []caughtLine
	err   error
}

type caughtLine struct {
	room  string
	event *room.Event
}

func newNeighbour(l *Link, node string) *neighbour {
	l.log.Info("cluster: another node", "node", node)
	return &neighbour{
		link: l, node: node, earlier: map[string]bool{}, safe: l.began, heardOf: time.Now(),
		room: l.house.Neighbour(node, home{l, node}),
	}
}

// receive hears a packet: the next one, or one that is said again. Where others are
// missing before it, it is left alone until they were asked for.
func (n *neighbour) receive(p *packet) {
	switch {
	case !n.there(p.Identity):
	case n.catching != nil, n.missing && p.N > 0: // what comes now is asked for again
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

// there notes that the node is there, as a process of an identity. It reports false
// where nothing more follows from what came: an earlier process said it, or it comes
// too early.
func (n *neighbour) there(identity string) bool {
	if n.earlier[identity] {
		return false
	}
	n.heardOf = time.Now()
	if n.state != answers {
		n.state, n.known, n.asked = answers, false, time.Time{}
		n.link.log.Info("cluster: a node answers again", "node", n.node)
	}
	switch {
	case identity == n.identity:
		if !n.missing { // what comes from itself is better than what it has stored
			n.wants, n.catching = false, nil
		}
		return n.next == ""
	case n.identity == "":
		n.begin(identity)
		return true
	}
	n.earlier[n.identity] = true // first what that one has stored
	n.next, n.missing, n.wants = identity, true, true
	n.catchUp()
	return false
}

// begin hears another process from now on.
func (n *neighbour) begin(identity string) {
	n.identity, n.next = identity, ""
	n.last, n.known, n.asked, n.all = 0, false, time.Time{}, nil
	n.missing, n.wants, n.catching = false, false, nil
	n.room.Leave() // those who were there when the one before ended
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
	l.asked.Add(1)
	if err := l.conn.PublishRequest(againSubject(n.node), l.replySubject(), encode(ask{After: n.last})); err != nil {
		l.log.Debug("cluster: cannot ask for what is missing", "node", n.node, "err", err)
	}
}

// beaten hears that the node is there, or that it leaves.
func (n *neighbour) beaten(b *beat) {
	switch {
	case n.earlier[b.Identity]:
		return
	case b.Leaving:
		n.link.log.Info("cluster: a node leaves", "node", n.node)
		n.room.Leave()
		n.state, n.known = left, false
		return
	}
	n.behind = b.Behind
	switch {
	case !n.there(b.Identity), n.catching != nil:
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
	case n.state == answers && silent > room.LostTime:
		n.link.log.Warn("cluster: a node does not answer; its people have left", "node", n.node)
		n.state, n.wants = lost, true
		n.room.Lose()
	case n.state == answers && silent > silentTime && n.caughtAt.Before(n.heardOf):
		n.wants = true
	case n.missing && n.behind < mostPackets/2: // else it has not stored it either
		n.wants = true
	case n.state == answers && !n.asked.IsZero() && n.identity != "":
		n.askAgain()
	}
	if n.wants {
		n.catchUp()
	}
	return n.state
}

// catchUp reads in the store what the node said that did not come.
func (n *neighbour) catchUp() {
	if n.catching != nil || n.identity == "" {
		return
	}
	n.link.looked.Add(1)
	l, c, after := n.link, &catch{of: n}, n.safe
	by := n.identity
	n.catching = c
	l.running.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, catchTime)
		defer cancel()
		c.err = l.store.Tail(ctx, after, func(identity, where string, e *room.Event) {
			if identity == by {
				c.lines = append(c.lines, caughtLine{where, e})
			}
		})
		select {
		case l.caught <- c:
		case <-l.ctx.Done():
		}
	})
}

// hearCaught hears what was found in the store. Where that cannot be read yet it looks
// again, but for a process that was there before: the one that is there now comes first.
func (n *neighbour) hearCaught(c *catch) {
	if n.catching != c {
		return // the node is heard itself
	}
	n.catching, n.caughtAt = nil, time.Now()
	if c.err != nil {
		if !n.failed {
			n.link.log.Warn("cluster: cannot read yet what a node stored", "node", n.node, "err", c.err)
		}
		n.failed = true
	} else {
		n.failed = false
		for _, line := range c.lines {
			n.room.Hear(line.room, line.event)
		}
		n.missing, n.wants = false, false
	}
	if n.next != "" {
		n.begin(n.next)
	}
	if n.state == answers && !n.missing {
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
