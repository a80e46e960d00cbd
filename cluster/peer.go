package cluster

import (
	"time"

	"teahouse/room"
)

const (
	// silenceTimeout is after how long without a word from a node it is read in the store
	// what it said last.
	silenceTimeout = 4500 * time.Millisecond

	// forgetAfter is after how long one that is lost counts no more, while this node is
	// connected. It may have been switched off for good.
	forgetAfter = 5 * time.Minute

	// dropAfter is after how long nothing is known of it any more. A node that was away
	// for as long has to be started again, whatever it is: see the journal.
	dropAfter = 24 * time.Hour
)

// A peerState is whether a node is there.
type peerState int

const (
	peerAlive peerState = iota
	peerLost
	peerStopped   // and said so
	peerForgotten // lost for so long that nobody waits for it
)

// A peer is another node, as this one knows it. It is run's.
type peer struct {
	link             *Link
	node             string
	identity         string          // of the process that is there, or was there last; "" before it was heard
	earlierProcesses map[string]bool // those of processes that were there before
	hubPeer          *room.Peer
	state            peerState
	lastHeard        time.Time // when something came from it last
	silenceCaughtUp  time.Time // of the silence for which the store was read: when it began
	skew             clockSkew // of its clock
	mismatch         string    // in what it is unlike this one, as logged last
	finalCatchUp     bool      // the store was to be read once more, after it was lost for long

	receiveState            // what comes from it
	catchUps     []*catchUp // what may be in the store only
	storeRead    *storeRead // of the store, for the first of those; nil while nobody reads
}

func discoverPeer(l *Link, node string) *peer {
	l.log.Info("cluster: another node", "node", node)
	return newPeer(l, node)
}

// newPeer returns a neighbour of which nothing was heard yet.
func newPeer(l *Link, node string) *peer {
	return &peer{
		link: l, node: node, earlierProcesses: map[string]bool{}, lastHeard: time.Now(),
		receiveState: newReceiveState(l.startSeq),
		hubPeer:      l.hub.AddPeer(node, remote{l, node}),
	}
}

// markAlive notes that the node is there, as a process of an identity. It reports false
// where that is one that was there before: what it said comes late.
func (n *peer) markAlive(identity string) bool {
	if n.earlierProcesses[identity] || identity == "" {
		return false
	}
	n.lastHeard = time.Now()
	if n.state != peerAlive {
		n.state, n.finalCatchUp, n.synced, n.nextResendAt = peerAlive, false, false, time.Time{}
		n.link.log.Info("cluster: a node answers again", "node", n.node)
		n.cancelBackfill(identity)
	}
	if identity != n.identity {
		n.startProcess(identity)
	}
	if !n.needsStore { // what comes from itself is better than what it has stored
		n.dropCatchUp(identity)
	}
	return true
}

// startProcess hears another process from now on. What the one before may have said that did
// not come is in the store.
func (n *peer) startProcess(identity string) {
	if n.identity != "" {
		if len(n.earlierProcesses) >= maxEarlier {
			clear(n.earlierProcesses)
		}
		n.earlierProcesses[n.identity] = true
		n.scheduleBackfill(0)
		n.expediteCatchUp()
		n.hubPeer.MarkStopped() // those who were there when it ended
	}
	n.identity = identity
	n.receiveState = newReceiveState(n.storeSeq)
	n.hubPeer.StartProcess(identity, n.link.store.LastEventRead()[identity])
	n.link.sendHeartbeat(false) // has it know at once that this one is there
}

// handleHeartbeat hears that the node is there, or that it leaves.
func (n *peer) handleHeartbeat(b *heartbeat) {
	if b.Leaving {
		n.handleStopping(b)
		return
	}
	there := n.markAlive(b.Identity)
	if there {
		n.unstored.dropPackets(b.StoredUpTo)
	}
	switch {
	case !there, n.needsStore:
	case !n.synced || b.LastSeq != n.lastSeq:
		n.requestResend()
	default:
		n.storeSeq = max(n.storeSeq, b.StoreSeq)
	}
	n.pending = b.Pending
	if there {
		n.compareInfo(b.NodeInfo)
		n.measureSkew(b)
	}
}

// handleStopping hears that the node leaves. Its journal closes after that: what did not come is
// in the store a moment later.
func (n *peer) handleStopping(b *heartbeat) {
	if b.Identity != n.identity && n.identity != "" {
		return // it is late
	}
	n.link.log.Info("cluster: a node leaves", "node", n.node)
	n.unstored.dropPackets(b.StoredUpTo)
	if !n.synced || n.needsStore || b.LastSeq != n.lastSeq || len(n.unstored.lines) > 0 {
		n.scheduleBackfill(journalCloseTimeout)
	}
	n.hubPeer.MarkStopped()
	n.state, n.synced = peerStopped, false
}

// check looks how long nothing came from the node, and does what follows.
func (n *peer) check() peerState {
	silent := time.Since(n.lastHeard)
	switch {
	case n.state == peerLost:
		n.forgetSilent(silent)
	case n.state != peerAlive:
	case silent > room.PeerTimeout:
		n.link.log.Warn("cluster: a node does not answer; its people have left", "node", n.node)
		n.state = peerLost
		n.hubPeer.MarkLost()
		n.scheduleBackfill(0)
	case silent > silenceTimeout && n.silenceCaughtUp != n.lastHeard:
		n.silenceCaughtUp = n.lastHeard
		n.scheduleCatchUp(0)
	case n.needsStore && n.pending < maxPackets/2: // else it has not stored it either
		n.scheduleCatchUp(0)
	case !n.synced && !n.needsStore && n.identity != "":
		n.requestResend()
	}
	n.runCatchUp()
	return n.state
}

// forgetSilent has a node that is lost count no more. What it stored is read once more before
// that: where the store can be read it is not this node that is cut off from it. How far
// it was heard stays known, so that it can come back.
func (n *peer) forgetSilent(silent time.Duration) {
	switch {
	case min(silent, time.Since(n.link.lastSendFailure)) < forgetAfter:
	case !n.finalCatchUp:
		n.finalCatchUp = true
		n.scheduleCatchUp(0)
	case len(n.catchUps) == 0:
		n.state = peerForgotten
		n.link.log.Info("cluster: a node that did not answer for long counts no more", "node", n.node)
	}
}

// isDisposable reports whether nothing has to be known of the node any more.
func (n *peer) isDisposable() bool {
	return (n.state == peerStopped || n.state == peerForgotten) && len(n.catchUps) == 0 && time.Since(n.lastHeard) > dropAfter
}
