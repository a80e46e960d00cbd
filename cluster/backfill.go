package cluster

import (
	"context"
	"slices"
	"strings"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
	"teahouse/room"
)

const (
	// backfillStagger is how long a node waits for each node before it, in the order of names, to
	// store what a process left unstored. If two nodes do it at the same time, the lines are
	// stored twice and read once.
	backfillStagger = 2 * time.Second

	// formerPeersName is the name of the peer that stands for processes of unknown nodes. No node
	// can have it.
	formerPeersName = "-"
)

// scheduleBackfill records that the current process of the node is gone. After wait, the store is
// read for its messages, and this node stores those that it received and that are missing there.
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

// cancelBackfill records that a process is running after all and will store its messages itself.
func (n *peer) cancelBackfill(identity string) {
	for _, d := range n.catchUps {
		if d.identity == identity {
			d.backfill, d.backfillAt = false, time.Time{}
		}
	}
}

// dueBackfill returns the lines of a process to be stored now, if it is this node's turn.
func (n *peer) dueBackfill(d *catchUp) []receivedLine {
	if d.backfillAt.IsZero() || time.Now().Before(d.backfillAt) {
		return nil
	}
	return n.unstoredLines(d)
}

// unstoredLines returns the lines that were received of a process, may not be stored, and are
// still remembered by the rooms here.
func (n *peer) unstoredLines(d *catchUp) []receivedLine {
	d.unstored.dropFunc(func(l *receivedLine) bool { return !n.hubPeer.Remembers(l.sent.Room, l.applied) })
	return slices.Clone(d.unstored.lines)
}

// needsBackfill reports whether lines of a process are missing in the store, which was read, and
// must be stored when it is this node's turn.
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

// backfillRank returns how many nodes come before this one in storing for a node that is gone.
func (l *Link) backfillRank(gone *peer) (before int) {
	for node, n := range l.peers {
		if n != gone && n.state == peerAlive && node < l.node {
			before++
		}
	}
	return before
}

// runBackfill stores the lines of a process that were not found in the store.
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

// groupByRoom returns the lines that are not in the store, as events to be stored, by room. Each
// keeps the time that its own node gave it, however wrong that node's clock is: readers go by
// that time, and the node may have stored a neighbouring line, or may store this one, too.
func groupByRoom(lines []receivedLine, there map[position]bool) map[ids.Room][]*room.Event {
	rooms := map[ids.Room][]*room.Event{}
	for _, l := range lines {
		if e, err := l.sent.decodeRoomEvent(); err == nil && !there[l.position()] {
			if sanitize.IsPlausibleTime(l.sent.Time) {
				e.Time = l.sent.Time
			}
			rooms[l.sent.Room] = append(rooms[l.sent.Room], e)
		}
	}
	return rooms
}

// noteBackfilled records what the store now has of a process.
//
// If it was this node's turn to store the rest, it tells the other nodes, whoever has stored it
// by now: an earlier attempt may have succeeded without an acknowledgement. Nodes that did not
// receive the lines from the process itself, or read the store earlier, read them then.
func (n *peer) noteBackfilled(r *storeRead) {
	switch {
	case len(r.backfill) == 0:
		r.catchUp.unstored.dropStored(r.positions())
		return
	case r.err != nil:
		return // all of it is tried again
	}
	if r.backfilled > 0 {
		n.link.log.Info("cluster: stored messages that a node had sent but not stored", "node", n.node, "lines", r.backfilled)
	}
	there := map[position]bool{}
	for _, l := range r.backfill {
		there[l.position()] = true
	}
	r.catchUp.unstored.dropStored(there)
	n.link.sendPacket(&packet{Backfilled: &backfilled{Identity: r.identity, After: r.catchUp.after, UpTo: r.backfilledUpTo}})
}

// backfillAtClose leaves what this node received from the others to the store, when this node
// leaves: if one of them dies before it has stored its messages, this node will not be there to
// do it.
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

// handleBackfilled handles the news that messages of a dead process are in the store. The process
// may be one that this node never heard of, or an earlier process of its own. The messages are
// read from the store, so that they come after what the process stored itself.
func (l *Link) handleBackfilled(s *backfilled) {
	node, _, _ := strings.Cut(s.Identity, ".")
	switch {
	case s.Identity == l.identity: // this process is not gone
		return
	case s.UpTo > 0 && s.UpTo <= l.startSeq: // the rooms have had all of that since the start
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

// catchUpBackfilled schedules a read of the store, because it has more of a process, or will have
// in a moment.
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

// catchUpEarlier schedules a catch-up for a process other than the node's current or latest one.
func (n *peer) catchUpEarlier(s *backfilled) {
	after := n.link.startSeq
	if n.earlierProcesses[s.Identity] { // what it stored itself has been read
		after = max(after, s.After)
	}
	n.hubPeer.KnowProcess(s.Identity, n.link.store.LastEventRead()[s.Identity])
	n.addCatchUp(&catchUp{identity: s.Identity, after: after, notBefore: time.Now(), unstored: &unstoredLines{}})
}
