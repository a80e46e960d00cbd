package room

import (
	"errors"
	"maps"
	"slices"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// A Remote reaches the sessions at another node.
type Remote interface {
	// Deliver hands an item to a session at the other node. It waits for a confirmation, for a few
	// seconds at most. The error is a [*reply.Refusal], [ErrSessionOver] or [ErrUnreachable].
	Deliver(id uint64, item Item) error
	// Disconnect ends a session at the other node, and waits like Deliver. The error is
	// [ErrSessionOver] or [ErrUnreachable].
	Disconnect(id uint64, reason Reason, farewell reply.Code, args []any) error
	// Notify sends an item that may get lost on the way. It does not wait.
	Notify(id uint64, item Item)
}

// ErrUnreachable means that the other node does not answer: it is unknown whether it did what was
// asked.
var ErrUnreachable = errors.New("room: the other house does not answer")

// A Peer is another node of the same chat. People at a peer are users of this hub like others, whom
// one can see, message and kick; only their readers and writers run over there. What they say
// arrives through [Peer.Receive].
//
// Each node decides what its own users are called. If two nodes give out the same name at the same
// time, all nodes reach the same verdict about who keeps it. The node of the other user renames
// them; until that is known here, they have another name here.
//
// One goroutine uses all Peers of a hub.
type Peer struct {
	name     string
	hub      *Hub
	remote   Remote
	sessions map[uint64]*Session // by session ID; guarded by Hub.mu
	received *receivedLog        // of the process that runs there now
}

// maxReceivedLogs is for how many processes a node remembers which events it received. Each restart
// of a peer adds one.
const maxReceivedLogs = 1000

// A receivedLog says which events of one process were received.
type receivedLog struct {
	lastSeq   map[string]uint64  // the sequence number of the last event received, by room, as that process counts
	fromStore map[remoteSeq]bool // events after those that were found in the store
}

// A remoteSeq identifies an event within the process where it happened.
type remoteSeq struct {
	room string
	seq  uint64
}

// AddPeer returns a new Peer of the given name, without any sessions yet.
func (h *Hub) AddPeer(name string, home Remote) *Peer {
	pr := &Peer{name: name, hub: h, remote: home, sessions: map[uint64]*Session{}, received: newReceivedLog(nil)}
	st := h.Lock()
	defer st.Unlock()
	st.peers = append(st.peers, pr)
	return pr
}

// StartProcess says that a new process runs at the peer, which numbers its events from the start.
// Has holds, by room, the last sequence number of that process that this node has already.
func (pr *Peer) StartProcess(identity string, has map[string]uint64) {
	pr.KnowProcess(identity, has)
	pr.received = pr.hub.receivedLogs[identity]
}

// KnowProcess says that ReceiveStored may be called for a process, whether it is a peer's or not.
// Has holds, by room, the last of its sequence numbers that this node has already. It is ignored if
// the process is known.
func (pr *Peer) KnowProcess(identity string, has map[string]uint64) {
	h := pr.hub
	if h.receivedLogs[identity] != nil {
		return
	}
	if len(h.receivedLogs) >= maxReceivedLogs {
		maps.DeleteFunc(h.receivedLogs, func(_ string, one *receivedLog) bool { return !h.isCurrentLog(one) })
	}
	h.receivedLogs[identity] = newReceivedLog(has)
}

// isCurrentLog reports whether a log belongs to a process that runs at a peer now.
func (h *Hub) isCurrentLog(one *receivedLog) bool {
	st := h.Lock()
	defer st.Unlock()
	return slices.ContainsFunc(st.peers, func(pr *Peer) bool { return pr.received == one })
}

func newReceivedLog(has map[string]uint64) *receivedLog {
	one := &receivedLog{lastSeq: map[string]uint64{}, fromStore: map[remoteSeq]bool{}}
	maps.Copy(one.lastSeq, has)
	return one
}

// Remove removes the peer, which has no sessions here any more and will send nothing more.
func (pr *Peer) Remove() {
	st := pr.hub.Lock()
	defer st.Unlock()
	st.peers = slices.DeleteFunc(st.peers, func(other *Peer) bool { return other == pr })
}

// Receive appends an event from the peer to a room. The event's Seq is the peer's. Events that were
// received before are skipped. It returns false if there is no such room.
func (pr *Peer) Receive(room string, e *Event) bool {
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
func (pr *Peer) ReceiveStored(identity, room string, e *Event) {
	h, at := pr.hub.receivedLogs[identity], remoteSeq{room, e.Seq}
	if h != nil && e.Seq > h.lastSeq[room] && !h.fromStore[at] && pr.appendRemote(room, e) {
		h.fromStore[at] = true
	}
}

// appendRemote appends an event to a room, unless it happened before the room was created. It
// returns false if there is no such room.
func (pr *Peer) appendRemote(room string, e *Event) bool {
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

// Remembers reports whether a room still has an event that was received: a line that was neither
// erased nor trimmed by the limits, in a room that was not closed.
func (pr *Peer) Remembers(room string, e *Event) bool {
	st := pr.hub.Lock()
	r := st.Rooms.ByKey[room]
	st.Unlock()
	switch {
	case r == nil:
		return false
	case e.Kind == Forgot:
		return true
	}
	said := r.PastLines()
	at, ok := event.FindSeq(said, e.Seq)
	return ok && said[at] == e
}

// locate returns the room of an event, or nil; for a Forgot event also the other rooms that must
// forget; and whether the event happened before the room was created.
func (pr *Peer) locate(room string, e *Event) (r *Room, others []*Room, late bool) {
	h := pr.hub
	st := h.Lock()
	defer st.Unlock()
	r = st.Rooms.ByKey[room]
	if room == Lobby {
		r = st.Rooms.Lobby()
	}
	if e.Kind == Forgot {
		st.People.eraseInputHistory(e.User.Person)
		if room == Lobby { // the lobby's event stands for all rooms, since a room only gets its own if the peer knows of lines there
			others = st.Rooms.Sorted()
		}
	} else {
		e.User = pr.localInfoLocked(e.User)
	}
	return r, others, r != nil && r.Predates(e)
}

// localInfoLocked returns a peer's user as this node describes them.
func (pr *Peer) localInfoLocked(who *UserInfo) *UserInfo {
	if who == nil {
		return nil
	}
	if s := pr.sessions[who.SessionID]; s != nil {
		s.idle.touch()
		if u := s.User; u.remoteName != "" || u.info.Load().Name == who.Name {
			return u.info.Load()
		}
	}
	return who.Repaired()
}

// UpdateSessions applies the sessions at the peer that have started, changed or ended.
func (pr *Peer) UpdateSessions(sessions []PeerSession) {
	st := pr.hub.Lock()
	defer st.Unlock()
	st.Rooms.Sweep() // first, so that nobody is put into a room that has expired
	for i := range sessions {
		pr.updateSessionLocked(&sessions[i])
	}
	st.Naming.reconcile()
}

// ReplaceSessions applies the complete list of the peer's sessions.
func (pr *Peer) ReplaceSessions(sessions []PeerSession) {
	pr.dropMissing(sessions)
	pr.UpdateSessions(sessions)
}

// dropMissing ends the peer's sessions that are not in a list.
func (pr *Peer) dropMissing(sessions []PeerSession) {
	st := pr.hub.Lock()
	defer st.Unlock()
	there := map[uint64]bool{}
	for i := range sessions {
		there[sessions[i].ID] = true
	}
	for id, s := range pr.sessions {
		if !there[id] {
			s.leaveLocked(HungUp, "")
		}
	}
}

// PeerTimeout is after how long without a message a peer counts as lost, which ends its sessions
// here. For NameHoldTime after that, nobody else may take their names.
const (
	PeerTimeout  = 10 * time.Second
	NameHoldTime = 20 * time.Second
)

// MarkLost ends the peer's sessions because it has not answered for [PeerTimeout].
func (pr *Peer) MarkLost() {
	pr.endSessions(PeerLost, func(u *User) { pr.hub.state.Online.hold(u, NameHoldTime) })
}

// MarkStopped ends the peer's sessions because it has shut down.
func (pr *Peer) MarkStopped() { pr.endSessions(Stopping, func(*User) {}) }

func (pr *Peer) endSessions(reason Reason, before func(*User)) {
	st := pr.hub.Lock()
	defer st.Unlock()
	for _, s := range pr.sessions {
		before(s.User)
		s.leaveLocked(reason, "")
	}
}

func (pr *Peer) updateSessionLocked(ps *PeerSession) {
	s := pr.sessions[ps.ID]
	switch {
	case ps.LeftReason != "" && s != nil:
		s.leaveLocked(ps.LeftReason, "")
	case ps.LeftReason != "":
	case s == nil:
		pr.addSessionLocked(ps)
	default:
		pr.applyStateLocked(s, ps)
	}
}

// addSessionLocked adds a session that has started at the peer.
func (pr *Peer) addSessionLocked(ps *PeerSession) {
	h := pr.hub
	s := pr.newSessionLocked(ps)
	pr.sessions[s.id] = s
	if ps.Following != "" {
		pr.addFollowerLocked(s, ps)
		return
	}
	if u := h.state.Online.ByPerson[s.Person]; u != nil {
		s.attachRemoteLocked(u)
		pr.applyStateLocked(s, ps)
		return
	}
	u := &User{Assigned: ps.Assigned, namedAt: ps.NamedAt}
	u.rateLimit.Store(h.state.Access.rateLimit(s.Person))
	s.User = u
	u.addLocked(s)
	who := ps.User
	u.info.Store(&who)
	name, id := h.state.Naming.resolveConflict(u, ps.User.Name)
	called := who
	called.SetName(name)
	u.Identity = id
	u.info.Store(&called)
	h.state.Online.add(u)
	h.state.Rooms.announce(u, &Event{Time: time.Now(), Kind: Joined, User: &called})
	pr.applyStateLocked(s, ps)
}

// addFollowerLocked adds a session that follows a room at the peer without being a member.
func (pr *Peer) addFollowerLocked(s *Session, ps *PeerSession) {
	who := ps.User
	s.OneShot, s.Following, s.User = true, true, &User{}
	pr.hub.state.Following[s] = true
	s.User.info.Store(&who)
	if r := pr.hub.state.Rooms.ByKey[ps.Following]; r != nil {
		s.Room().AddReaders(-1)
		r.AddReaders(1)
		s.firstView.setRoom(r)
	}
}

// newSessionLocked returns the local counterpart of a session at the peer.
func (pr *Peer) newSessionLocked(ps *PeerSession) *Session {
	h := pr.hub
	s := &Session{
		Person:      ps.User.Person,
		Since:       ps.Since,
		id:          ps.ID,
		hub:         h,
		peer:        pr,
		peerSession: ps,
		Client: ClientInfo{
			Fingerprint: ps.Fingerprint, Address: ps.User.Address, Remote: ps.Remote, Door: ps.Door, Client: ps.Client,
			Unnamed: ps.User.Unnamed, NoPrivateMessages: ps.NoPrivateMessages, Scripted: ps.Scripted, Terminal: ps.Terminal,
		},
		onWake:  func() {},
		done:    make(chan struct{}),
		mailbox: mailbox{emptied: make(chan struct{}, 1)},
	}
	s.idle.startedAt = ps.Since
	s.IgnoreList.Store(h.state.IgnoreLists.Get(s.Person))
	s.settings.Store(h.state.Settings.Get(s.Person))
	s.firstView.roomReader = newRoomReader(h.state.Rooms.Lobby(), s.onWake, nil)
	s.readView = &s.firstView
	s.speakView.Store(&s.firstView)
	s.Room().AddReaders(1)
	return s
}

// attachRemoteLocked adds s, a session at a peer, to a user who is online. Of two terminals the
// later one stays; all nodes decide that alike.
func (s *Session) attachRemoteLocked(u *User) {
	old := u.Terminal
	s.User = u
	u.addLocked(s)
	switch {
	case old == nil || !s.Client.Terminal:
	case old.Since.After(s.Since):
		u.Terminal = old
	case old.peer == nil:
		old.successor = s
		old.leaveLocked(TakenOver, TakenOver.Code())
	}
}

// applyStateLocked applies to s what its own node says about it.
func (pr *Peer) applyStateLocked(s *Session, ps *PeerSession) {
	h, u := pr.hub, s.User
	if s.Following {
		return
	}
	known := *ps // a copy that keeps the rest of the list from staying in memory
	s.peerSession = &known
	switch {
	case u.IsLocal() && !ps.Terminal: // a program at the peer is no sign that the person is back
	case ps.Away.IsZero():
		u.Away.Store(nil)
	default:
		u.Away.Store(&AwayState{Message: ps.AwayMessage, Since: ps.Away})
	}
	pr.applyNameLocked(s, ps)
	if u.IsLocal() { // this node describes the rest itself, from the same store
		return
	}
	who := *u.info.Load()
	who.Verified, who.Bot, who.Unnamed = ps.User.Verified, ps.User.Bot, ps.User.Unnamed
	u.info.Store(&who)
	h.state.Rooms.applyRemote(u)
}

// applyHomeState applies to a user whose sessions are now all at other nodes what those nodes
// say: they may not have heard of the last changes here.
func (st *State) applyHomeState(u *User) {
	if u.IsLocal() || len(u.Sessions) == 0 {
		return
	}
	s := u.Sessions[0]
	s.peer.applyStateLocked(s, s.peerSession)
}

// applyNameLocked gives s's user the name that they have at their own node, if possible.
func (pr *Peer) applyNameLocked(s *Session, ps *PeerSession) {
	h, u := pr.hub, s.User
	was := *u.info.Load()
	if was.Name == ps.User.Name {
		h.state.Online.setRemoteName(u, "")
		return
	}
	if u.IsLocal() && !ps.NamedAt.After(u.namedAt) { // the latest name counts
		h.state.Online.setRemoteName(u, ps.User.Name) // the peer uses that name until it hears of ours
		return
	}
	u.namedAt = ps.NamedAt
	if wished, err := names.Check(ps.User.Name); u.remoteName == ps.User.Name && (err != nil || h.state.Online.Holder(wished, u) != nil) {
		return // the user gets it when it becomes free
	}
	name, id := h.state.Naming.resolveConflict(u, ps.User.Name)
	if name == was.Name {
		return
	}
	h.state.Naming.setName(u, name, id)
}

// applyRemote puts a user into the rooms that they have joined at their own node, as far as
// those exist here yet.
func (rs *Rooms) applyRemote(u *User) {
	var there []string
	for _, s := range u.Sessions {
		there = append(there, s.peerSession.Rooms...)
	}
	for _, r := range slices.Clone(u.Rooms) {
		if !slices.Contains(there, r.Identity.Key) {
			rs.removeMember(u, r, Quit)
		}
	}
	for _, key := range there {
		if r := rs.ByKey[key]; r != nil && key != Lobby && !r.Members[u] {
			rs.addMember(u, r)
		}
	}
}

// DisconnectAtPeer ends s, which is at another node, as [Remote].Disconnect does.
func (s *Session) DisconnectAtPeer(reason Reason, farewell reply.Code, args []any) error {
	return s.peer.remote.Disconnect(s.id, reason, farewell, args)
}

// IsRemote reports whether s is at another node.
func (s *Session) IsRemote() bool { return s.peer != nil }

// DeliverAtPeer hands an item to s, which is at another node, as [Remote].Deliver does.
func (s *Session) DeliverAtPeer(item Item) error { return s.peer.remote.Deliver(s.id, item) }
