package cluster

import (
	"context"
	"slices"
	"strings"
	"time"

	"teahouse/room"
)

const (
	// turnTime is how long a node leaves to each one before it, by name, to store what a
	// process had not. Where two do it at the same time that is stored twice, and counts once.
	turnTime = 2 * time.Second

	// formerName is what processes are called here that are no neighbour's: it is no node's.
	formerName = "-"
)

// survive notes that the process is gone that was there. What it said is looked for in the
// store, not before some time, and what was heard of it and is not there this node stores.
func (n *neighbour) survive(wait time.Duration) {
	n.owe(wait)
	for _, d := range n.debts {
		if due := time.Now().Add(wait); d.identity == n.identity && !d.saves {
			d.saves = true
			if !d.failed && due.Before(d.notUntil) {
				d.notUntil = due
			}
		}
	}
}

// lives notes that a process is there after all, and will store what it said itself.
func (n *neighbour) lives(identity string) {
	for _, d := range n.debts {
		if d.identity == identity {
			d.saves, d.turn = false, time.Time{}
		}
	}
}

// toSave returns what is to be stored of what a process said, now that it is this node's turn.
func (n *neighbour) toSave(d *debt) []heardLine {
	if d.turn.IsZero() || time.Now().Before(d.turn) {
		return nil
	}
	return n.remembered(d)
}

// remembered returns what was heard of a process and may not be stored, and the rooms here
// still remember.
func (n *neighbour) remembered(d *debt) []heardLine {
	d.unkept.takeOut(func(l *heardLine) bool { return !n.room.Remembers(l.sent.Room, l.shown) })
	return slices.Clone(d.unkept.lines)
}

// hasToSave reports whether something that a process said is not in the store, which was read,
// and has to be stored when it is this node's turn.
func (n *neighbour) hasToSave(d *debt) bool {
	if !d.saves || len(d.unkept.lines) == 0 {
		return false
	}
	if d.turn.IsZero() {
		d.turn = time.Now().Add(time.Duration(n.link.placeAmong(n)) * turnTime)
	}
	d.notUntil = d.turn
	return true
}

// placeAmong returns how many nodes are to store what a neighbour had not before this one does.
func (l *Link) placeAmong(gone *neighbour) (before int) {
	for node, n := range l.neighbours {
		if n != gone && n.state == answers && node < l.node {
			before++
		}
	}
	return before
}

// saveRest stores what a process said and was not found in the store.
func (r *reading) saveRest(ctx context.Context, store Store) error {
	for where, events := range byRoom(r.save, r.there()) {
		last, err := store.Save(ctx, r.identity, where, events)
		if err != nil {
			return err
		}
		r.saved += len(events)
		r.stored = max(r.stored, last)
	}
	return nil
}

// byRoom returns lines as they are to be stored, but for those that are there. Each has the
// time that its own node gave it, however wrong the clock there: who reads goes by that, and
// the node may have stored the line before it, or stores this one, too.
func byRoom(lines []heardLine, there map[place]bool) map[string][]*room.Event {
	rooms := map[string][]*room.Event{}
	for _, l := range lines {
		if e, err := l.sent.event(roomKinds()); err == nil && !there[l.place()] {
			if room.IsTime(l.sent.Time) {
				e.Time = l.sent.Time
			}
			rooms[l.sent.Room] = append(rooms[l.sent.Room], e)
		}
	}
	return rooms
}

// noteStored notes what is in the store of what a process said.
//
// Where it was this node's turn to store the rest, others are told, by whoever that is stored
// now: an earlier try may have succeeded without saying so. They read it who did not hear it
// from the process, or had read the store before.
func (n *neighbour) noteStored(r *reading) {
	switch {
	case len(r.save) == 0:
		r.debt.unkept.found(r.there())
		return
	case r.err != nil:
		return // all of it is tried again
	}
	if r.saved > 0 {
		n.link.log.Info("cluster: stored what a node had said and not stored itself", "node", n.node, "lines", r.saved)
	}
	there := map[place]bool{}
	for _, l := range r.save {
		there[l.place()] = true
	}
	r.debt.unkept.found(there)
	n.link.sendPacket(&packet{Saved: &saved{By: r.identity, After: r.debt.after, Upto: r.stored}})
}

// saveAtClose has the store keep, as this node leaves, what it heard of the others: should one
// die before it has stored that, this node is not there any more.
func (l *Link) saveAtClose() {
	for _, n := range l.neighbours {
		n.survive(0)
		for _, d := range n.debts {
			if rooms := byRoom(n.remembered(d), nil); d.saves && len(rooms) > 0 {
				l.store.SaveAtClose(d.identity, d.after, rooms)
				l.sendPacket(&packet{Saved: &saved{By: d.identity, After: d.after}})
			}
		}
	}
}

// hearSaved hears that something is in the store of what a process said that is gone. It may be
// one which this node never heard, such as its own of before it was started again. It is
// read there, not sent, so that it comes after what the process had stored itself.
func (l *Link) hearSaved(s *saved) {
	node, _, _ := strings.Cut(s.By, ".")
	switch {
	case s.By == l.identity: // which is not gone
		return
	case s.Upto > 0 && s.Upto <= l.began: // the rooms have had all that since the start
		return
	case node == "" || len(s.By) > maxIdentity || room.Clean(s.By) != s.By:
		return
	}
	n := l.neighbours[node]
	if n == nil {
		n = l.former
	}
	n.oweSaved(s)
}

// oweSaved notes that the store is to be read, as more is there of what a process said, or will
// be in a moment.
func (n *neighbour) oweSaved(s *saved) {
	if s.By == n.identity {
		n.owe(0)
	} else {
		n.oweEarlier(s)
	}
	for _, d := range n.debts {
		switch {
		case d.identity != s.By:
		case s.Upto == 0:
			d.again = time.Now().Add(closeTime)
		default:
			d.notUntil, d.again = time.Now(), time.Now()
		}
	}
}

// oweEarlier is owe for a process that is not the one that is there, or was last.
func (n *neighbour) oweEarlier(s *saved) {
	after := n.link.began
	if n.earlier[s.By] { // what it stored itself was read
		after = max(after, s.After)
	}
	n.room.Know(s.By, n.link.store.Heard()[s.By])
	n.add(&debt{identity: s.By, after: after, notUntil: time.Now(), unkept: &unkept{}})
}
