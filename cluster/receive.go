package cluster

import (
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/room"
)

const (
	// resendTimeout is how long to wait for repeated packets.
	resendTimeout = 2 * time.Second

	// maxHoldTime is how long a request is held back for the journal's sake.
	maxHoldTime = 3 * time.Second

	// unknownRoomTimeout is how long lines wait for their room to become known here, and
	// maxUnknownRooms for how many rooms they do.
	unknownRoomTimeout = 10 * time.Second
	maxUnknownRooms    = 1000
)

// A receiveState is how far one process of another node was received.
type receiveState struct {
	lastSeq uint64 // the last packet up to which everything was received; those after it are requested
	synced  bool   // nothing before it is missing

	resendID     uint64          // number of the last request, whose answer comes in parts
	resendPart   int             // the last part received
	nextResendAt time.Time       // requesting earlier is pointless
	heldSince    time.Time       // since when requests are held back for the journal; zero if they are not
	awaitsRoom   bool            // some events wait for a room to become known here
	snapshot     []peers.Session // sessions of an answer that is not complete

	// unknownRooms are the rooms that lines wait for, and since when. A room that has been
	// unknown for long has been closed.
	unknownRooms map[ids.Room]time.Time

	unstored *unstoredLines // received lines that it may not have stored

	storeSeq   uint64 // everything it has stored up to this stream sequence was received
	pending    uint64 // how many events it has not stored yet
	needsStore bool   // some events are only in the store, and must be read first
	storeDone  bool   // they have been read; the next answer continues from there
}

// handlePacket handles a packet: the next one, or a repeated one. If others are missing before
// it, it is ignored and those are requested.
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

// newReceiveState returns the state of a process that has not been received yet. What it stores
// comes after a stream sequence.
func newReceiveState(after uint64) receiveState {
	return receiveState{storeSeq: after, unknownRooms: map[ids.Room]time.Time{}, unstored: &unstoredLines{}}
}

// applyPacket applies the events of a packet. It reports whether some of them wait for a room, in
// which case the packet is requested again.
func (n *peer) applyPacket(p *packet) (waits bool) {
	if p.Backfilled != nil {
		n.link.withRecover("node "+n.node, func() { n.link.handleBackfilled(p.Backfilled) })
	}
	for i := range p.Events {
		n.link.withRecover("node "+n.node, func() { waits = n.applyEvent(&p.Events[i], max(p.Seq, p.ResentSeq)) || waits })
	}
	return waits
}

// applyEvent applies one event of a packet.
func (n *peer) applyEvent(sent *wireEvent, packet uint64) (waits bool) {
	e, err := sent.decodeRoomEvent()
	if err == nil {
		e.Origin = &room.Origin{Process: n.identity, Seq: sent.Seq, Time: sent.Time}
	}
	switch {
	case err != nil:
		n.link.log.Warn("cluster: an event cannot be read", "node", n.node, "err", err)
	case n.hubPeer.Receive(sent.Room, e):
		delete(n.unknownRooms, sent.Room)
		if e.Peer != "" && e.Kind != room.Announced { // otherwise it is a repeat, or is not stored at all
			n.unstored.add(receivedLine{*sent, e, packet, n.storeSeq})
		}
	default:
		return n.awaitRoom(sent.Room)
	}
	return false
}

// awaitRoom reports whether lines should still wait for a room to become known here.
func (n *peer) awaitRoom(where ids.Room) bool {
	since, ok := n.unknownRooms[where]
	if !ok && len(n.unknownRooms) < maxUnknownRooms {
		since = time.Now()
		n.unknownRooms[where] = since
	}
	return time.Since(since) < unknownRoomTimeout
}

// requestResend requests what is missing, unless that was requested a moment ago.
func (n *peer) requestResend() {
	if time.Now().Before(n.nextResendAt) || n.mustHold() {
		return
	}
	n.resendID++
	n.resendPart, n.awaitsRoom, n.snapshot, n.nextResendAt = 0, false, nil, time.Now().Add(resendTimeout)
	l := n.link
	l.resends.Add(1)
	l.sendWithReply(resendSubject(n.node), resentSubject(l.node), encode(&resendRequest{After: n.lastSeq, ID: n.resendID}))
}

// mustHold reports whether to delay the request for missing events. If the journal has not stored
// enough of what happened here, many events at once would push that out of a room's ring. But the
// journal must not keep users waiting for long.
func (n *peer) mustHold() bool {
	switch {
	case n.link.store.EventsUntilLoss() >= maxResendEvents:
		n.heldSince = time.Time{}
	case n.heldSince.IsZero():
		n.heldSince = time.Now()
	}
	return !n.heldSince.IsZero() && time.Since(n.heldSince) < maxHoldTime
}

// applyResent applies one part of the answer to the last request. If a part is missing, the rest
// is useless. As long as parts arrive, requesting again is pointless: that answer would be no
// shorter.
func (n *peer) applyResent(p *packet) {
	if p.ResendID != n.resendID || p.Part != n.resendPart+1 {
		return
	}
	n.resendPart++
	n.nextResendAt = time.Now().Add(resendTimeout)
	if p.Lost && !n.storeDone { // what came before this is read from the store first
		n.needsStore = true
		n.check()
		return
	}
	n.awaitsRoom = n.applyPacket(p) || n.awaitsRoom
	n.hubPeer.UpdateSessions(endedSessions(p.Sessions)) // now, because a session that is missing in a snapshot counts as disconnected
	if n.snapshot = append(n.snapshot, p.Sessions...); len(n.snapshot) > maxSessions {
		n.link.log.Warn("cluster: a node reports too many sessions", "node", n.node)
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

// activeSessions returns the sessions that have not ended.
func activeSessions(sessions []peers.Session) (there []peers.Session) {
	for _, s := range sessions {
		if s.LeftReason == "" {
			there = append(there, s)
		}
	}
	return there
}

// endedSessions returns the sessions that have ended.
func endedSessions(sessions []peers.Session) (over []peers.Session) {
	for _, s := range sessions {
		if s.LeftReason != "" {
			over = append(over, s)
		}
	}
	return over
}
