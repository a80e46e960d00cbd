package cluster

import (
	"time"

	"teahouse/room"
)

const (
	// silentTime is after how long without a word from a node it is read in the store
	// what it said last.
	silentTime = 4500 * time.Millisecond

	// forgetTime is after how long one that is lost counts no more, while this node is
	// connected. It may have been switched off for good.
	forgetTime = 5 * time.Minute

	// dropTime is after how long nothing is known of it any more. A node that was away
	// for as long has to be started again, whatever it is: see the journal.
	dropTime = 24 * time.Hour
)

// A state is whether a node is there.
type state int

const (
	answers state = iota
	lost
	left      // and said so
	forgotten // lost for so long that nobody waits for it
)

// A neighbour is another node, as this one knows it. It is run's.
type neighbour struct {
	link     *Link
	node     string
	identity string          // of the process that is there, or was there last; "" before it was heard
	earlier  map[string]bool // those of processes that were there before
	room     *room.Neighbour
	state    state
	heardOf  time.Time // when something came from it last
	silence  time.Time // of the silence for which the store was read: when it began
	skew     skew      // of its clock
	unlike   string    // in what it is unlike this one, as logged last
	sought   bool      // the store was to be read once more, after it was lost for long

	hearing          // what comes from it
	debts   []*debt  // what may be in the store only
	reading *reading // of the store, for the first of those; nil while nobody reads
}

func newNeighbour(l *Link, node string) *neighbour {
	l.log.Info("cluster: another node", "node", node)
	return unheard(l, node)
}

// unheard returns a neighbour of which nothing was heard yet.
func unheard(l *Link, node string) *neighbour {
	return &neighbour{
		link: l, node: node, earlier: map[string]bool{}, heardOf: time.Now(),
		hearing: newHearing(l.began),
		room:    l.house.Neighbour(node, home{l, node}),
	}
}

// there notes that the node is there, as a process of an identity. It reports false
// where that is one that was there before: what it said comes late.
func (n *neighbour) there(identity string) bool {
	if n.earlier[identity] || identity == "" {
		return false
	}
	n.heardOf = time.Now()
	if n.state != answers {
		n.state, n.sought, n.known, n.askAt = answers, false, false, time.Time{}
		n.link.log.Info("cluster: a node answers again", "node", n.node)
		n.lives(identity)
	}
	if identity != n.identity {
		n.begin(identity)
	}
	if !n.missing { // what comes from itself is better than what it has stored
		n.forgive(identity)
	}
	return true
}

// begin hears another process from now on. What the one before may have said that did
// not come is in the store.
func (n *neighbour) begin(identity string) {
	if n.identity != "" {
		if len(n.earlier) >= mostEarlier {
			clear(n.earlier)
		}
		n.earlier[n.identity] = true
		n.survive(0)
		n.hasten()
		n.room.Leave() // those who were there when it ended
	}
	n.identity = identity
	n.hearing = newHearing(n.safe)
	n.room.Begin(identity, n.link.store.Heard()[identity])
	n.link.beat(false) // has it know at once that this one is there
}

// beaten hears that the node is there, or that it leaves.
func (n *neighbour) beaten(b *beat) {
	if b.Leaving {
		n.leaves(b)
		return
	}
	there := n.there(b.Identity)
	if there {
		n.unkept.kept(b.Kept)
	}
	switch {
	case !there, n.missing:
	case !n.known || b.N != n.last:
		n.askAgain()
	default:
		n.safe = max(n.safe, b.Stored)
	}
	n.behind = b.Behind
	if there {
		n.compare(b.Likeness)
		n.time(b)
	}
}

// leaves hears that the node leaves. Its journal closes after that: what did not come is
// in the store a moment later.
func (n *neighbour) leaves(b *beat) {
	if b.Identity != n.identity && n.identity != "" {
		return // it is late
	}
	n.link.log.Info("cluster: a node leaves", "node", n.node)
	n.unkept.kept(b.Kept)
	if !n.known || n.missing || b.N != n.last || len(n.unkept.lines) > 0 {
		n.survive(closeTime)
	}
	n.room.Leave()
	n.state, n.known = left, false
}

// glance looks how long nothing came from the node, and does what follows.
func (n *neighbour) glance() state {
	silent := time.Since(n.heardOf)
	switch {
	case n.state == lost:
		n.forget(silent)
	case n.state != answers:
	case silent > room.LostTime:
		n.link.log.Warn("cluster: a node does not answer; its people have left", "node", n.node)
		n.state = lost
		n.room.Lose()
		n.survive(0)
	case silent > silentTime && n.silence != n.heardOf:
		n.silence = n.heardOf
		n.owe(0)
	case n.missing && n.behind < mostPackets/2: // else it has not stored it either
		n.owe(0)
	case !n.known && !n.missing && n.identity != "":
		n.askAgain()
	}
	n.pay()
	return n.state
}

// forget has a node that is lost count no more. What it stored is read once more before
// that: where the store can be read it is not this node that is cut off from it. How far
// it was heard stays known, so that it can come back.
func (n *neighbour) forget(silent time.Duration) {
	switch {
	case min(silent, time.Since(n.link.apart)) < forgetTime:
	case !n.sought:
		n.sought = true
		n.owe(0)
	case len(n.debts) == 0:
		n.state = forgotten
		n.link.log.Info("cluster: a node that did not answer for long counts no more", "node", n.node)
	}
}

// isOver reports whether nothing has to be known of the node any more.
func (n *neighbour) isOver() bool {
	return (n.state == left || n.state == forgotten) && len(n.debts) == 0 && time.Since(n.heardOf) > dropTime
}
