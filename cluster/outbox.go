package cluster

import (
	"slices"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
)

const (
	// maxPackets and maxEvents limit how much a node can repeat: about as much as a room keeps in
	// memory. A session that ended counts as an event.
	maxPackets = 8192
	maxEvents  = 16384
)

// An outbox keeps a node's latest packets, for receivers that missed some. Of the sessions it
// keeps only those that ended, with the reason: current sessions are sent as they are when
// somebody asks.
type outbox struct {
	packets    []*packet // the oldest first, numbered without gaps
	size       int       // sum of their sizes
	storedUpTo uint64    // the number of the last packet up to which everything is stored
}

// size returns how much a packet counts: its events and sessions.
func (p *packet) size() int { return len(p.Events) + len(p.Sessions) }

// last returns the number of the latest packet, or 0 before the first.
func (o *outbox) last() uint64 {
	if len(o.packets) == 0 {
		return 0
	}
	return o.packets[len(o.packets)-1].Seq
}

// add numbers a packet, and keeps what may have to be repeated.
func (o *outbox) add(p *packet) {
	for i := range p.Events {
		if p.Events[i].Kind == "forgot" {
			o.eraseTexts(p.Events[i].User.Person)
		}
	}
	p.Seq = o.last() + 1
	kept := &packet{Seq: p.Seq, Lost: p.Lost, Events: p.Events, Backfilled: p.Backfilled}
	for _, s := range endedSessions(p.Sessions) {
		kept.Sessions = append(kept.Sessions, peers.Session{ID: s.ID, LeftReason: s.LeftReason})
	}
	o.packets = append(o.packets, kept)
	o.size += kept.size()
	for len(o.packets) > 1 && (len(o.packets) > maxPackets || o.size > maxEvents) {
		o.size -= o.packets[0].size()
		o.packets[0] = nil
		o.packets = o.packets[1:]
	}
}

// eraseTexts removes the texts of a person who asked to be forgotten.
func (o *outbox) eraseTexts(person ids.Account) {
	for _, p := range o.packets {
		for i := range p.Events {
			if e := &p.Events[i]; e.User != nil && e.User.Person == person && e.Kind == "said" {
				e.Text, e.Verbatim = "", ""
			}
		}
	}
}

// advanceStored returns the number of the last packet up to which everything is stored, given the
// last stored event of each room.
func (o *outbox) advanceStored(stored func(room ids.Room) uint64) uint64 {
	rooms := map[ids.Room]uint64{}
	isStored := func(e wireEvent) bool {
		if _, ok := rooms[e.Room]; !ok {
			rooms[e.Room] = stored(e.Room)
		}
		return e.Seq <= rooms[e.Room]
	}
	packets, _ := o.after(o.storedUpTo)
	for _, p := range packets {
		if slices.ContainsFunc(p.Events, func(e wireEvent) bool { return !isStored(e) }) {
			break
		}
		o.storedUpTo = p.Seq
	}
	return o.storedUpTo
}

// after returns the packets after a number, as far as there are any, and whether some are
// missing.
func (o *outbox) after(n uint64) (packets []*packet, lost bool) {
	if len(o.packets) == 0 || n >= o.last() {
		return nil, false
	}
	first := o.packets[0].Seq
	if n+1 < first {
		return o.packets, true
	}
	return o.packets[n+1-first:], false
}
