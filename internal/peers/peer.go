package peers

import (
	"slices"
	"time"

	"teahouse/internal/event"
	"teahouse/room"
)

// A Set is the peers of a hub. One goroutine uses it, and all its Peers.
type Set struct {
	hub      *room.Hub
	peers    []*Peer
	received map[string]*receivedLog // by identity of the process
}

// NewSet returns the peers of a hub, of which there are none yet.
func NewSet(h *room.Hub) *Set { return &Set{hub: h, received: map[string]*receivedLog{}} }

// A Peer is another node of the same chat. It is the [room.Node] of the sessions there.
type Peer struct {
	room.Remote
	name     string
	set      *Set
	sessions map[uint64]*remoteSession // by ID; guarded by the hub's lock
	received *receivedLog              // of the process that runs there now
}

// A remoteSession is a session at a peer, and what the peer said about it last.
type remoteSession struct {
	*room.Session
	told *Session
}

// Add returns a new Peer of the given name, without any sessions yet.
func (set *Set) Add(name string, remote room.Remote) *Peer {
	pr := &Peer{Remote: remote, name: name, set: set, sessions: map[uint64]*remoteSession{}, received: newReceivedLog(nil)}
	set.peers = append(set.peers, pr)
	return pr
}

// Name returns the name of the node.
func (pr *Peer) Name() string { return pr.name }

// Remove removes the peer, which has no sessions here any more and will send nothing more.
func (pr *Peer) Remove() {
	set := pr.set
	set.peers = slices.DeleteFunc(set.peers, func(other *Peer) bool { return other == pr })
}

// UpdateSessions applies the sessions at the peer that have started, changed or ended.
func (pr *Peer) UpdateSessions(sessions []Session) {
	st := pr.set.hub.Lock()
	defer st.Unlock()
	st.Rooms.Sweep() // first, so that nobody is put into a room that has expired
	for i := range sessions {
		pr.updateSession(st, &sessions[i])
	}
	st.Naming.Reconcile()
}

// ReplaceSessions applies the complete list of the peer's sessions.
func (pr *Peer) ReplaceSessions(sessions []Session) {
	pr.dropMissing(sessions)
	pr.UpdateSessions(sessions)
}

// dropMissing ends the peer's sessions that are not in a list.
func (pr *Peer) dropMissing(sessions []Session) {
	st := pr.set.hub.Lock()
	defer st.Unlock()
	there := map[uint64]bool{}
	for i := range sessions {
		there[sessions[i].ID] = true
	}
	for id := range pr.sessions {
		if !there[id] {
			pr.endSession(st, id, event.HungUp)
		}
	}
}

// Timeout is after how long without a message a peer counts as lost, which ends its sessions here.
// For NameHoldTime after that, nobody else may take their names.
const (
	Timeout      = 10 * time.Second
	NameHoldTime = 20 * time.Second
)

// MarkLost ends the peer's sessions because it has not answered for [Timeout].
func (pr *Peer) MarkLost() {
	pr.endSessions(event.PeerLost, func(st *room.State, u *room.User) { st.Online.Hold(u, NameHoldTime) })
}

// MarkStopped ends the peer's sessions because it has shut down.
func (pr *Peer) MarkStopped() { pr.endSessions(event.Stopping, func(*room.State, *room.User) {}) }

func (pr *Peer) endSessions(reason event.Reason, before func(*room.State, *room.User)) {
	st := pr.set.hub.Lock()
	defer st.Unlock()
	for id, s := range pr.sessions {
		before(st, s.User)
		pr.endSession(st, id, reason)
	}
}

func (pr *Peer) endSession(st *room.State, id uint64, reason event.Reason) {
	s := pr.sessions[id]
	delete(pr.sessions, id)
	st.EndRemote(s.Session, reason)
}

func (pr *Peer) updateSession(st *room.State, told *Session) {
	s := pr.sessions[told.ID]
	switch {
	case told.LeftReason != "" && s != nil:
		pr.endSession(st, told.ID, told.LeftReason)
	case told.LeftReason != "":
	case s == nil:
		pr.addSession(st, told)
	default:
		pr.applyState(st, s, told)
	}
}

// addSession adds a session that has started at the peer.
func (pr *Peer) addSession(st *room.State, told *Session) {
	who := told.User
	s := &remoteSession{told: told, Session: st.NewRemoteSession(pr, told.ID, who.Person, told.Since, room.ClientInfo{
		Fingerprint: told.Fingerprint, Address: who.Address, Remote: told.Remote, Door: told.Door, Client: told.Client,
		Unnamed: who.Unnamed, NoPrivateMessages: told.NoPrivateMessages, Scripted: told.Scripted, Terminal: told.Terminal,
	})}
	s.RoomsThere = told.Rooms
	pr.sessions[told.ID] = s
	if told.Following != "" {
		st.FollowRemote(s.Session, who, told.Following)
		return
	}
	st.EnterRemote(s.Session, who, told.NamedAt, told.Assigned)
	pr.applyState(st, s, told)
}

// ApplyState applies once more what the peer said about s.
func (pr *Peer) ApplyState(st *room.State, s *room.Session) {
	there := pr.sessions[s.ID()]
	pr.applyState(st, there, there.told)
}

// applyState applies to s what its own node says about it.
func (pr *Peer) applyState(st *room.State, s *remoteSession, told *Session) {
	if s.Following {
		return
	}
	known := *told // a copy that keeps the rest of the list from staying in memory
	s.told, s.RoomsThere = &known, known.Rooms
	u := s.User
	switch {
	case u.IsLocal() && !told.Terminal: // a program at the peer is no sign that the person is back
	case told.Away.IsZero():
		u.Away.Store(nil)
	default:
		u.Away.Store(&room.AwayState{Message: told.AwayMessage, Since: told.Away})
	}
	st.Naming.ApplyRemoteName(u, told.User.Name, told.NamedAt)
	if u.IsLocal() { // this node describes the rest itself, from the same store
		return
	}
	who := *u.Info()
	who.Verified, who.Bot, who.Unnamed = told.User.Verified, told.User.Bot, told.User.Unnamed
	st.SetUserInfo(u, &who)
	st.Rooms.JoinAsThere(u)
}
