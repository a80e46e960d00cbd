package cluster

import (
	"context"
	"slices"
	"strings"
	"time"

	"teahouse/internal/sanitize"
	"teahouse/internal/text"
	"teahouse/room"
)

const (
	// backfillStagger is how long a node leaves to each one before it, by name, to store what a
	// process had not. Where two do it at the same time that is stored twice, and counts once.
	backfillStagger = 2 * time.Second

	// formerPeersName is what processes are called here that are no neighbour's: it is no node's.
	formerPeersName = "-"
)

// scheduleBackfill notes that the process is gone that was there. What it said is looked for in the
// store, not before some time, and what was heard of it and is not there this node stores.
func (n *peer) scheduleBackfill(wait time.Duration) {
	n.scheduleCatchUp(wait)
	for _, d := range n.catchUps {
		if due := time.Now().Add(wait); d.identity == n.identity && !d.backfill {
			d.backfill = true
			if !d.failureLogged && due.Before(d.notBefore) {
				d.notBefore = due
			}
		}
	}
}

// cancelBackfill notes that a process is there after all, and will store what it said itself.
func (n *peer) cancelBackfill(identity string) {
	for _, d := range n.catchUps {
		if d.identity == identity {
			d.backfill, d.backfillAt = false, time.Time{}
		}
	}
}

// dueBackfill returns what is to be stored of what a process said, now that it is this node's turn.
func (n *peer) dueBackfill(d *catchUp) []receivedLine {
	if d.backfillAt.IsZero() || time.Now().Before(d.backfillAt) {
		return nil
	}
	return n.unstoredLines(d)
}

// unstoredLines returns what was heard of a process and may not be stored, and the rooms here
// still remember.
func (n *peer) unstoredLines(d *catchUp) []receivedLine {
	d.unstored.dropFunc(func(l *receivedLine) bool { return !n.hubPeer.Remembers(l.sent.Room, l.applied) })
	return slices.Clone(d.unstored.lines)
}

// needsBackfill reports whether something that a process said is not in the store, which was read,
// and has to be stored when it is this node's turn.
func (n *peer) needsBackfill(d *catchUp) bool {
	if !d.backfill || len(d.unstored.lines) == 0 {
		return false
	}
	if d.backfillAt.IsZero() {
		d.backfillAt = time.Now().Add(time.Duration(n.link.backfillRank(n)) * backfillStagger)
	}
	d.notBefore = d.backfillAt
	return true
}

// backfillRank returns how many nodes are to store what a neighbour had not before this one does.
func (l *Link) backfillRank(gone *peer) (before int) {
	for node, n := range l.peers {
		if n != gone && n.state == peerAlive && node < l.node {
			before++
		}
	}
	return before
}

// runBackfill stores what a process said and was not found in the store.
func (r *storeRead) runBackfill(ctx context.Context, store Store) error {
	for where, events := range groupByRoom(r.backfill, r.positions()) {
		last, err := store.Backfill(ctx, r.identity, where, events)
		if err != nil {
			return err
		}
		r.backfilled += len(events)
		r.backfilledUpTo = max(r.backfilledUpTo, last)
	}
	return nil
}

// groupByRoom returns lines as they are to be stored, but for those that are there. Each has the
// time that its own node gave it, however wrong the clock there: who reads goes by that, and
// the node may have stored the line before it, or stores this one, too.
func groupByRoom(lines []receivedLine, there map[position]bool) map[string][]*room.Event {
	rooms := map[string][]*room.Event{}
	for _, l := range lines {
		if e, err := l.sent.decode(roomKinds()); err == nil && !there[l.position()] {
			if sanitize.IsPlausibleTime(l.sent.Time) {
				e.Time = l.sent.Time
			}
			rooms[l.sent.Room] = append(rooms[l.sent.Room], e)
		}
	}
	return rooms
}

// noteBackfilled notes what is in the store of what a process said.
//
// Where it was this node's turn to store the rest, others are told, by whoever that is stored
// now: an earlier try may have succeeded without saying so. They read it who did not hear it
// from the process, or had read the store before.
func (n *peer) noteBackfilled(r *storeRead) {
	switch {
	case len(r.backfill) == 0:
		r.catchUp.unstored.dropStored(r.positions())
		return
	case r.err != nil:
		return // all of it is tried again
	}
	if r.backfilled > 0 {
		n.link.log.Info("cluster: stored what a node had said and not stored itself", "node", n.node, "lines", r.backfilled)
	}
	there := map[position]bool{}
	for _, l := range r.backfill {
		there[l.position()] = true
	}
	r.catchUp.unstored.dropStored(there)
	n.link.sendPacket(&packet{Backfilled: &backfilled{Identity: r.identity, After: r.catchUp.after, UpTo: r.backfilledUpTo}})
}

// backfillAtClose has the store keep, as this node leaves, what it heard of the others: should one
// die before it has stored that, this node is not there any more.
func (l *Link) backfillAtClose() {
	for _, n := range l.peers {
		n.scheduleBackfill(0)
		for _, d := range n.catchUps {
			if rooms := groupByRoom(n.unstoredLines(d), nil); d.backfill && len(rooms) > 0 {
				l.store.BackfillAtClose(d.identity, d.after, rooms)
				l.sendPacket(&packet{Backfilled: &backfilled{Identity: d.identity, After: d.after}})
			}
		}
	}
}

// handleBackfilled hears that something is in the store of what a process said that is gone. It may be
// one which this node never heard, such as its own of before it was started again. It is
// read there, not sent, so that it comes after what the process had stored itself.
func (l *Link) handleBackfilled(s *backfilled) {
	node, _, _ := strings.Cut(s.Identity, ".")
	switch {
	case s.Identity == l.identity: // which is not gone
		return
	case s.UpTo > 0 && s.UpTo <= l.startSeq: // the rooms have had all that since the start
		return
	case node == "" || len(s.Identity) > maxIdentityLen || text.Clean(s.Identity) != s.Identity:
		return
	}
	n := l.peers[node]
	if n == nil {
		n = l.formerPeers
	}
	n.catchUpBackfilled(s)
}

// catchUpBackfilled notes that the store is to be read, as more is there of what a process said, or will
// be in a moment.
func (n *peer) catchUpBackfilled(s *backfilled) {
	if s.Identity == n.identity {
		n.scheduleCatchUp(0)
	} else {
		n.catchUpEarlier(s)
	}
	for _, d := range n.catchUps {
		switch {
		case d.identity != s.Identity:
		case s.UpTo == 0:
			d.rereadAt = time.Now().Add(journalCloseTimeout)
		default:
			d.notBefore, d.rereadAt = time.Now(), time.Now()
		}
	}
}

// catchUpEarlier is owe for a process that is not the one that is there, or was last.
func (n *peer) catchUpEarlier(s *backfilled) {
	after := n.link.startSeq
	if n.earlierProcesses[s.Identity] { // what it stored itself was read
		after = max(after, s.After)
	}
	n.hubPeer.KnowProcess(s.Identity, n.link.store.LastEventRead()[s.Identity])
	n.addCatchUp(&catchUp{identity: s.Identity, after: after, notBefore: time.Now(), unstored: &unstoredLines{}})
}
