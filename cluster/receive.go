package cluster

import (
	"time"

	"teahouse/room"
)

const (
	// resendTimeout is how long it is waited for what was asked for again.
	resendTimeout = 2 * time.Second

	// maxHoldTime is how long it is waited for the journal before it is asked.
	maxHoldTime = 3 * time.Second

	// unknownRoomTimeout is how long lines wait for the room that they were said in to be
	// known here, and maxUnknownRooms for how many rooms they do.
	unknownRoomTimeout = 10 * time.Second
	maxUnknownRooms    = 1000
)

// A receiveState is how far a neighbour was heard, of one process.
type receiveState struct {
	lastSeq uint64 // its last packet of which all was heard; those after are asked for
	synced  bool   // there is nothing to ask for before that

	resendID     uint64             // the number of the last question; its answer comes in parts
	resendPart   int                // the last of those
	nextResendAt time.Time          // there is no use in asking before
	heldSince    time.Time          // since when it is not asked, for the journal's sake; zero while it is
	awaitsRoom   bool               // some of what was heard waits for a room to be known here
	snapshot     []room.PeerSession // of an answer that goes on

	// unknownRooms are the rooms that lines wait for, and since when. Where that is long ago
	// the room is closed.
	unknownRooms map[string]time.Time

	unstored *unstoredLines // what was heard and it may not have stored

	storeSeq   uint64 // what it has stored up to there was heard
	pending    uint64 // how much it has yet to store
	needsStore bool   // some of what it said is nowhere but in the store, and comes first
	storeDone  bool   // that was read; the next answer goes on from there
}

// handlePacket hears a packet: the next one, or one that is said again. Where others are
// missing before it, it is left alone until they were asked for.
func (n *peer) handlePacket(p *packet) {
	switch {
	case !n.markAlive(p.Identity), n.needsStore:
	case p.Seq == 0:
		n.applyResent(p)
	case p.Lost:
		n.needsStore, n.synced = true, false
		n.check()
	case !n.synced || p.Seq > n.lastSeq+1:
		n.synced = false
		n.requestResend()
	case p.Seq == n.lastSeq+1:
		n.applyNext(p)
	}
}

func (n *peer) applyNext(p *packet) {
	n.hubPeer.UpdateSessions(activeSessions(p.Sessions))
	if n.applyPacket(p) {
		n.synced = false // the room will be known in a moment
		n.requestResend()
		return
	}
	n.hubPeer.UpdateSessions(endedSessions(p.Sessions))
	n.lastSeq = p.Seq
}

// newReceiveState returns the hearing of a process of which nothing was heard. What it stores
// comes after a message.
func newReceiveState(after uint64) receiveState {
	return receiveState{storeSeq: after, unknownRooms: map[string]time.Time{}, unstored: &unstoredLines{}}
}

// applyPacket hears the events of a packet. It reports whether some have to wait for a room:
// then the packet is asked for again.
func (n *peer) applyPacket(p *packet) (waits bool) {
	if p.Backfilled != nil {
		n.link.withRecover("node "+n.node, func() { n.link.handleBackfilled(p.Backfilled) })
	}
	for i := range p.Events {
		n.link.withRecover("node "+n.node, func() { waits = n.applyEvent(&p.Events[i], max(p.Seq, p.ResentSeq)) || waits })
	}
	return waits
}

// applyEvent hears an event that came in a packet of a number.
func (n *peer) applyEvent(sent *event, packet uint64) (waits bool) {
	e, err := sent.decode(roomKinds())
	if err == nil {
		e.Origin = &room.Origin{Process: n.identity, Seq: sent.Seq, Time: sent.Time}
	}
	switch {
	case err != nil:
		n.link.log.Warn("cluster: an event cannot be read", "node", n.node, "err", err)
	case n.hubPeer.Receive(sent.Room, e):
		delete(n.unknownRooms, sent.Room)
		if e.Peer != "" && e.Kind != room.Announced { // else it was heard before, or is stored nowhere
			n.unstored.add(receivedLine{*sent, e, packet, n.storeSeq})
		}
	default:
		return n.awaitRoom(sent.Room)
	}
	return false
}

// awaitRoom reports whether lines wait for a room to be known here.
func (n *peer) awaitRoom(where string) bool {
	since, ok := n.unknownRooms[where]
	if !ok && len(n.unknownRooms) < maxUnknownRooms {
		since = time.Now()
		n.unknownRooms[where] = since
	}
	return time.Since(since) < unknownRoomTimeout
}

// requestResend asks for what is missing, unless it was asked for a moment ago.
func (n *peer) requestResend() {
	if time.Now().Before(n.nextResendAt) || n.mustHold() {
		return
	}
	n.resendID++
	n.resendPart, n.awaitsRoom, n.snapshot, n.nextResendAt = 0, false, nil, time.Now().Add(resendTimeout)
	l := n.link
	l.resends.Add(1)
	l.sendWithReply(resendSubject(n.node), l.resentSubject(), encode(resendRequest{After: n.lastSeq, ID: n.resendID}))
}

// mustHold reports whether what is missing is better asked for later: where the journal
// has yet to store what happened here, much at once would push that off a room's ring.
// But the journal may not keep people waiting for long.
func (n *peer) mustHold() bool {
	switch {
	case n.link.store.EventsUntilLoss() >= maxResendEvents:
		n.heldSince = time.Time{}
	case n.heldSince.IsZero():
		n.heldSince = time.Now()
	}
	return !n.heldSince.IsZero() && time.Since(n.heldSince) < maxHoldTime
}

// applyResent hears a part of the answer to the last question. After a part that is not
// the next one the rest is of no use. As long as parts come there is no use in asking
// again: the answer to that would be no shorter.
func (n *peer) applyResent(p *packet) {
	if p.ResendID != n.resendID || p.Part != n.resendPart+1 {
		return
	}
	n.resendPart++
	n.nextResendAt = time.Now().Add(resendTimeout)
	if p.Lost && !n.storeDone { // what is before this is read in the store first
		n.needsStore = true
		n.check()
		return
	}
	n.awaitsRoom = n.applyPacket(p) || n.awaitsRoom
	n.hubPeer.UpdateSessions(endedSessions(p.Sessions)) // now: those of whom All says nothing have just hung up
	if n.snapshot = append(n.snapshot, p.Sessions...); len(n.snapshot) > maxSessions {
		n.link.log.Warn("cluster: a node tells of too many sessions", "node", n.node)
		n.snapshot = nil
		return
	}
	if p.UpTo == 0 && !p.Snapshot || p.More {
		return
	}
	if p.Snapshot {
		n.hubPeer.ReplaceSessions(n.snapshot)
		n.snapshot = nil
	}
	if n.awaitsRoom {
		n.nextResendAt = time.Now().Add(tickInterval)
		return
	}
	n.lastSeq, n.synced, n.storeDone, n.nextResendAt = p.UpTo, p.Snapshot, false, time.Time{}
	if !n.synced {
		n.requestResend()
	}
}

// activeSessions returns the sessions that are not over.
func activeSessions(sessions []room.PeerSession) (there []room.PeerSession) {
	for _, s := range sessions {
		if s.LeftReason == "" {
			there = append(there, s)
		}
	}
	return there
}

// endedSessions returns those that are.
func endedSessions(sessions []room.PeerSession) (over []room.PeerSession) {
	for _, s := range sessions {
		if s.LeftReason != "" {
			over = append(over, s)
		}
	}
	return over
}
