package peers

import (
	"maps"
	"slices"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/room"
)

// maxReceivedLogs is for how many processes a node remembers which events it received. Each restart
// of a peer adds one.
const maxReceivedLogs = 1000

// A receivedLog says which events of one process were received.
type receivedLog struct {
	lastSeq   map[ids.Room]uint64 // the sequence number of the last event received, by room, as that process counts
	fromStore map[remoteSeq]bool  // events after those that were found in the store
}

// A remoteSeq identifies an event within the process where it happened.
type remoteSeq struct {
	room ids.Room
	seq  uint64
}

func newReceivedLog(has map[ids.Room]uint64) *receivedLog {
	one := &receivedLog{lastSeq: map[ids.Room]uint64{}, fromStore: map[remoteSeq]bool{}}
	maps.Copy(one.lastSeq, has)
	return one
}

// isCurrent reports whether a log belongs to a process that runs at a peer now.
func (set *Set) isCurrent(one *receivedLog) bool {
	return slices.ContainsFunc(set.peers, func(pr *Peer) bool { return pr.received == one })
}

// StartProcess says that a new process runs at the peer, which numbers its events from the start.
// Has holds, by room, the last sequence number of that process that this node has already.
func (pr *Peer) StartProcess(identity string, has map[ids.Room]uint64) {
	pr.KnowProcess(identity, has)
	pr.received = pr.set.received[identity]
}

// KnowProcess says that ReceiveStored may be called for a process, whether it is a peer's or not.
// Has holds, by room, the last of its sequence numbers that this node has already. It is ignored if
// the process is known.
func (pr *Peer) KnowProcess(identity string, has map[ids.Room]uint64) {
	received := pr.set.received
	if received[identity] != nil {
		return
	}
	if len(received) >= maxReceivedLogs {
		maps.DeleteFunc(received, func(_ string, one *receivedLog) bool { return !pr.set.isCurrent(one) })
	}
	received[identity] = newReceivedLog(has)
}

// Receive appends an event from the peer to a room. The event's Seq is the peer's. Events that were
// received before are skipped. It returns false if there is no such room.
func (pr *Peer) Receive(room ids.Room, e *event.Event) bool {
	seq, at := e.Seq, remoteSeq{room, e.Seq}
	if seq <= pr.received.lastSeq[room] {
		return true
	}
	if !pr.received.fromStore[at] && !pr.appendRemote(room, e) {
		return false
	}
	delete(pr.received.fromStore, at)
	pr.received.lastSeq[room] = seq
	return true
}

// ReceiveStored is Receive for an event that was found in the store. The store has only some of
// what happened; the rest may still arrive by Receive.
func (pr *Peer) ReceiveStored(identity string, room ids.Room, e *event.Event) {
	log, at := pr.set.received[identity], remoteSeq{room, e.Seq}
	if log != nil && e.Seq > log.lastSeq[room] && !log.fromStore[at] && pr.appendRemote(room, e) {
		log.fromStore[at] = true
	}
}

// appendRemote appends an event to a room, unless it happened before the room was created. It
// returns false if there is no such room.
func (pr *Peer) appendRemote(room ids.Room, e *event.Event) bool {
	r, others, late := pr.locate(room, e)
	switch {
	case r == nil:
		return false
	case late:
		return true
	}
	e.Peer = pr.name
	r.Append(e)
	r.Wake()
	for _, other := range others {
		other.EraseBefore(e.User, e.Time)
	}
	return true
}

// locate returns the room of an event, or nil; for a Forgot event also the other rooms that must
// forget; and whether the event happened before the room was created.
func (pr *Peer) locate(id ids.Room, e *event.Event) (r *room.Room, others []*room.Room, late bool) {
	st := pr.set.hub.Lock()
	defer st.Unlock()
	r = st.Rooms.ByID[id]
	if id == room.Lobby {
		r = st.Rooms.Lobby()
	}
	if e.Kind == event.Forgot {
		st.People.EraseInputHistory(e.User.Person)
		if id == room.Lobby { // the lobby's event stands for all rooms, since a room only gets its own if the peer knows of lines there
			others = st.Rooms.Sorted()
		}
	} else {
		e.User = pr.localInfoLocked(e.User)
	}
	return r, others, r != nil && r.Predates(e)
}

// localInfoLocked returns a peer's user as this node describes them.
func (pr *Peer) localInfoLocked(who *event.UserInfo) *event.UserInfo {
	if who == nil {
		return nil
	}
	if there := pr.sessions[who.SessionID]; there != nil {
		there.Touch()
		if u := there.User; u.RemoteName != "" || u.Info().Name == who.Name {
			return u.Info()
		}
	}
	return who.Repaired()
}

// Remembers reports whether a room still has an event that was received: a line that was neither
// erased nor trimmed by the limits, in a room that was not closed.
func (pr *Peer) Remembers(room ids.Room, e *event.Event) bool {
	st := pr.set.hub.Lock()
	r := st.Rooms.ByID[room]
	st.Unlock()
	switch {
	case r == nil:
		return false
	case e.Kind == event.Forgot:
		return true
	}
	said := r.PastLines()
	at, ok := event.FindSeq(said, e.Seq)
	return ok && said[at] == e
}
