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

	// overdueTime is after how long without a beat a node may have died, for one that leaves
	// and will not be there when that is known.
	overdueTime = beatTime + time.Second

	// savedAtOnce is about how many bytes of text are told of at once that were saved.
	savedAtOnce = 64 << 10

	// formerName is what processes are called here that are no neighbour's: it is no node's.
	formerName = "-"
)

// survive notes that the process is gone that was there. What it said is looked for in the
// store, not before some time, and what was heard of it and is not there this node stores.
func (n *neighbour) survive(wait time.Duration) {
	n.owe(wait)
	for _, d := range n.debts {
		if d.identity == n.identity {
			d.saves = true
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
		d.turn = time.Now().Add(n.link.placeAmong(n) * turnTime)
	}
	d.notUntil = d.turn
	return true
}

// placeAmong returns how many nodes are to store what a neighbour had not before this one does.
func (l *Link) placeAmong(gone *neighbour) (before time.Duration) {
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
// Where it was this node's turn to store the rest, others are told of all that, by whoever
// it is stored now: an earlier try may have succeeded without saying so. They hear it who did
// not hear it from the process, or had read the store before.
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
	n.link.tellSaved(r.identity, r.stored, r.save)
}

// tellSaved tells the others what a process said that is gone, and is in the store up to a
// message, or will be where that is 0.
func (l *Link) tellSaved(identity string, stored uint64, lines []heardLine) {
	for len(lines) > 0 {
		s := &saved{By: identity, Stored: stored}
		bytes := 0
		for len(lines) > 0 && len(s.Events) < takenAtOnce && bytes < savedAtOnce {
			s.Events = append(s.Events, lines[0].sent)
			bytes += len(lines[0].sent.Text) + len(lines[0].sent.Verbatim)
			lines = lines[1:]
		}
		l.sendPacket(&packet{Saved: s})
	}
}

// saveAtClose has the store keep, while this node leaves, what it would have stored later of
// processes that are gone, or are late with their beat. It does not look what is there.
func (l *Link) saveAtClose() {
	for _, n := range l.neighbours {
		if n.state != left && time.Since(n.heardOf) > overdueTime {
			n.survive(0)
		}
		for _, d := range n.debts {
			if !d.saves {
				continue
			}
			lines := n.remembered(d)
			for where, events := range byRoom(lines, nil) {
				l.store.SaveAtClose(d.identity, where, events)
			}
			l.tellSaved(d.identity, 0, lines)
		}
	}
}

// hearSaved hears what another node has stored of what a process said that is gone. That may
// be one which this node never heard, such as its own of before it was started again.
func (l *Link) hearSaved(s *saved) {
	name, _, _ := strings.Cut(s.By, ".")
	switch {
	case s.By == l.identity: // which is not gone
		return
	case s.Stored > 0 && s.Stored <= l.began: // the rooms have had all that since the start
		return
	case name == "" || len(s.By) > maxIdentity || room.Clean(s.By) != s.By:
		return
	}
	by := l.former
	n := l.neighbours[name]
	if n != nil {
		by = n.room
	}
	by.Know(s.By, l.store.Heard()[s.By])
	there := map[place]bool{}
	for i := range s.Events {
		sent := &s.Events[i]
		there[place{sent.Room, sent.Seq}] = true
		if e, err := sent.event(roomKinds()); err != nil {
			l.log.Warn("cluster: an event cannot be read", "node", name, "err", err)
		} else {
			by.HearStored(s.By, sent.Room, e)
		}
	}
	if n != nil && s.Stored > 0 {
		n.foundOf(s.By, there)
	}
}

// foundOf notes what is in the store of what a process said.
func (n *neighbour) foundOf(identity string, there map[place]bool) {
	if identity == n.identity {
		n.unkept.found(there)
	}
	for _, d := range n.debts {
		if d.identity == identity {
			d.unkept.found(there)
		}
	}
}
