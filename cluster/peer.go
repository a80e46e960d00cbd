package cluster

import (
	"time"

	"teahouse/internal/peers"
)

const (
	// silenceTimeout is how long a node may be silent before the store is read for its last
	// events.
	silenceTimeout = 4500 * time.Millisecond

	// forgetAfter is how long a lost node counts, while this node is connected. It may have been
	// switched off for good.
	forgetAfter = 5 * time.Minute

	// dropAfter is how long a node is remembered. A node that was away for longer must be
	// restarted in any case: see the journal.
	dropAfter = 24 * time.Hour
)

// A peerState says whether a node is running.
type peerState int

const (
	peerAlive peerState = iota
	peerLost
	peerStopped   // it announced that
	peerForgotten // lost for so long that it no longer counts
)

// A peer is another node, as this one knows it. Only Link.run uses it.
type peer struct {
	link             *Link
	node             string
	identity         string          // of its current or latest process; "" before it was heard
	earlierProcesses map[string]bool // identities of processes before that
	hubPeer          *peers.Peer
	state            peerState
	lastHeard        time.Time // when something last arrived from it
	silenceCaughtUp  time.Time // lastHeard at the silence for which the store was read
	skew             clockSkew
	mismatch         string // how it differs from this node, as last logged
	finalCatchUp     bool   // the last read of the store, after it was lost for long, was scheduled

	receiveState            // how far it was received
	catchUps     []*catchUp // pending reads of the store
	storeRead    *storeRead // the one under way; nil if there is none
}

func discoverPeer(l *Link, node string) *peer {
	l.log.Info("cluster: discovered a node", "node", node)
	return newPeer(l, node)
}

// newPeer returns a peer that has not been heard yet.
func newPeer(l *Link, node string) *peer {
	n := &peer{
		link: l, node: node, earlierProcesses: map[string]bool{}, lastHeard: time.Now(),
		receiveState: newReceiveState(l.startSeq),
	}
	n.hubPeer = l.hubPeers.Add(node, remote{l, node})
	return n
}

// markAlive records that the node is running, as a process with an identity. It reports false if
// that is an earlier process, whose message is late.
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
	if !n.needsStore { // its own packets are better than what it has stored
		n.dropCatchUp(identity)
	}
	return true
}

// startProcess receives another process from now on. What is missing of the previous one is in
// the store.
func (n *peer) startProcess(identity string) {
	if n.identity != "" {
		if len(n.earlierProcesses) >= maxEarlier {
			clear(n.earlierProcesses)
		}
		n.earlierProcesses[n.identity] = true
		n.scheduleBackfill(0)
		n.expediteCatchUp()
		n.hubPeer.MarkStopped() // this ends its sessions
	}
	n.identity = identity
	n.receiveState = newReceiveState(n.storeSeq)
	n.hubPeer.StartProcess(identity, n.link.store.LastEventRead()[identity])
	n.link.sendHeartbeat(false) // tell it at once that this node is running
}

// handleHeartbeat handles a heartbeat of the node, or its announcement that it leaves.
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

// handleStopping handles the announcement that the node leaves. Its journal closes after that, so
// what is missing will be in the store a moment later.
func (n *peer) handleStopping(b *heartbeat) {
	if b.Identity != n.identity && n.identity != "" {
		return // from an earlier process
	}
	n.link.log.Info("cluster: a node is leaving", "node", n.node)
	n.unstored.dropPackets(b.StoredUpTo)
	if !n.synced || n.needsStore || b.LastSeq != n.lastSeq || len(n.unstored.lines) > 0 {
		n.scheduleBackfill(journalCloseTimeout)
	}
	n.hubPeer.MarkStopped()
	n.state, n.synced = peerStopped, false
}

// check does what follows from how long the node has been silent.
func (n *peer) check() peerState {
	silent := n.link.silence(n.node, n.lastHeard)
	switch {
	case n.state == peerLost:
		n.forgetSilent(silent)
	case n.state != peerAlive:
	case silent > peers.Timeout:
		n.link.log.Warn("cluster: a node does not answer; its users have left", "node", n.node)
		n.state = peerLost
		n.hubPeer.MarkLost()
		n.scheduleBackfill(0)
	case silent > silenceTimeout && n.silenceCaughtUp != n.lastHeard:
		n.silenceCaughtUp = n.lastHeard
		n.scheduleCatchUp(0)
	case n.needsStore && n.pending < maxPackets/2: // otherwise it has not stored it either
		n.scheduleCatchUp(0)
	case !n.synced && !n.needsStore && n.identity != "":
		n.requestResend()
	}
	n.runCatchUp()
	return n.state
}

// forgetSilent makes a node that has been lost for long stop counting. Before that, the store is
// read once more: if that works, this node is not the one that is cut off. How far the node was
// received is still remembered, so that it can come back.
func (n *peer) forgetSilent(silent time.Duration) {
	switch {
	case min(silent, time.Since(n.link.lastSendFailure)) < forgetAfter:
	case !n.finalCatchUp:
		n.finalCatchUp = true
		n.scheduleCatchUp(0)
	case len(n.catchUps) == 0:
		n.state = peerForgotten
		n.link.log.Info("cluster: a node has been silent for long and no longer counts", "node", n.node)
	}
}

// isDisposable reports whether nothing about the node needs to be remembered any more.
func (n *peer) isDisposable() bool {
	return (n.state == peerStopped || n.state == peerForgotten) && len(n.catchUps) == 0 && time.Since(n.lastHeard) > dropAfter
}
