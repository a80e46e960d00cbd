package cluster

import (
	"time"

	"teahouse/room"
)

const (
	// askTime is how long it is waited for what was asked for again.
	askTime = 2 * time.Second

	// holdTime is how long it is waited for the journal before it is asked.
	holdTime = 3 * time.Second

	// stuckTime is how long lines wait for the room that they were said in to be
	// known here, and mostUnknown for how many rooms they do.
	stuckTime   = 10 * time.Second
	mostUnknown = 1000
)

// A hearing is how far a neighbour was heard, of one process.
type hearing struct {
	last  uint64 // its last packet of which all was heard; those after are asked for
	known bool   // there is nothing to ask for before that

	ask   uint64         // the number of the last question; its answer comes in parts
	part  int            // the last of those
	askAt time.Time      // there is no use in asking before
	held  time.Time      // since when it is not asked, for the journal's sake; zero while it is
	waits bool           // some of what was heard waits for a room to be known here
	all   []room.Session // of an answer that goes on

	// unknown are the rooms that lines wait for, and since when. Where that is long ago
	// the room is closed.
	unknown map[string]time.Time

	unkept *unkept // what was heard and it may not have stored

	safe    uint64 // what it has stored up to there was heard
	behind  uint64 // how much it has yet to store
	missing bool   // some of what it said is nowhere but in the store, and comes first
	paid    bool   // that was read; the next answer goes on from there
}

// receive hears a packet: the next one, or one that is said again. Where others are
// missing before it, it is left alone until they were asked for.
func (n *neighbour) receive(p *packet) {
	switch {
	case !n.there(p.Identity), n.missing:
	case p.N == 0:
		n.hearAnswer(p)
	case p.Lost:
		n.missing, n.known = true, false
		n.glance()
	case !n.known || p.N > n.last+1:
		n.known = false
		n.askAgain()
	case p.N == n.last+1:
		n.hearNext(p)
	}
}

func (n *neighbour) hearNext(p *packet) {
	n.room.Meet(present(p.Sessions))
	if n.hear(p) {
		n.known = false // the room will be known in a moment
		n.askAgain()
		return
	}
	n.room.Meet(gone(p.Sessions))
	n.last = p.N
}

// newHearing returns the hearing of a process of which nothing was heard. What it stores
// comes after a message.
func newHearing(after uint64) hearing {
	return hearing{safe: after, unknown: map[string]time.Time{}, unkept: &unkept{}}
}

// hear hears the events of a packet. It reports whether some have to wait for a room:
// then the packet is asked for again.
func (n *neighbour) hear(p *packet) (waits bool) {
	if p.Saved != nil {
		n.link.guard("node "+n.node, func() { n.link.hearSaved(p.Saved) })
	}
	for i := range p.Events {
		n.link.guard("node "+n.node, func() { waits = n.hearEvent(&p.Events[i], max(p.N, p.Was)) || waits })
	}
	return waits
}

// hearEvent hears an event that came in a packet of a number.
func (n *neighbour) hearEvent(sent *event, packet uint64) (waits bool) {
	e, err := sent.event(roomKinds())
	if err == nil {
		e.Origin = &room.Origin{By: n.identity, Seq: sent.Seq, Time: sent.Time}
	}
	switch {
	case err != nil:
		n.link.log.Warn("cluster: an event cannot be read", "node", n.node, "err", err)
	case n.room.Hear(sent.Room, e):
		delete(n.unknown, sent.Room)
		if e.From != "" && e.Kind != room.Announced { // else it was heard before, or is stored nowhere
			n.unkept.add(heardLine{*sent, e, packet, n.safe})
		}
	default:
		return n.waitsFor(sent.Room)
	}
	return false
}

// waitsFor reports whether lines wait for a room to be known here.
func (n *neighbour) waitsFor(where string) bool {
	since, ok := n.unknown[where]
	if !ok && len(n.unknown) < mostUnknown {
		since = time.Now()
		n.unknown[where] = since
	}
	return time.Since(since) < stuckTime
}

// askAgain asks for what is missing, unless it was asked for a moment ago.
func (n *neighbour) askAgain() {
	if time.Now().Before(n.askAt) || n.holdsBack() {
		return
	}
	n.ask++
	n.part, n.waits, n.all, n.askAt = 0, false, nil, time.Now().Add(askTime)
	l := n.link
	l.asked.Add(1)
	l.sendRequest(againSubject(n.node), l.replySubject(), encode(ask{After: n.last, N: n.ask}))
}

// holdsBack reports whether what is missing is better asked for later: where the journal
// has yet to store what happened here, much at once would push that off a room's ring.
// But the journal may not keep people waiting for long.
func (n *neighbour) holdsBack() bool {
	switch {
	case n.link.store.Spare() >= answeredAtOnce:
		n.held = time.Time{}
	case n.held.IsZero():
		n.held = time.Now()
	}
	return !n.held.IsZero() && time.Since(n.held) < holdTime
}

// hearAnswer hears a part of the answer to the last question. After a part that is not
// the next one the rest is of no use. As long as parts come there is no use in asking
// again: the answer to that would be no shorter.
func (n *neighbour) hearAnswer(p *packet) {
	if p.Ask != n.ask || p.Part != n.part+1 {
		return
	}
	n.part++
	n.askAt = time.Now().Add(askTime)
	if p.Lost && !n.paid { // what is before this is read in the store first
		n.missing = true
		n.glance()
		return
	}
	n.waits = n.hear(p) || n.waits
	n.room.Meet(gone(p.Sessions)) // now: those of whom All says nothing have just hung up
	if n.all = append(n.all, p.Sessions...); len(n.all) > mostSessions {
		n.link.log.Warn("cluster: a node tells of too many sessions", "node", n.node)
		n.all = nil
		return
	}
	if p.Upto == 0 && !p.All || p.More {
		return
	}
	if p.All {
		n.room.MeetAll(n.all)
		n.all = nil
	}
	if n.waits {
		n.askAt = time.Now().Add(glanceTime)
		return
	}
	n.last, n.known, n.paid, n.askAt = p.Upto, p.All, false, time.Time{}
	if !n.known {
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
