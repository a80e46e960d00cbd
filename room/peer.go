package room

import (
	"errors"
	"maps"
	"slices"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// A Remote is how a house reaches people who are at home in another one.
type Remote interface {
	// Deliver hands an event to a session there, and waits until it has it, for some
	// seconds at most. The error is a [Refusal], [ErrSessionOver] or [ErrUnreachable].
	Deliver(id uint64, item Item) error
	// Disconnect ends a session there, and waits in the same way. The error is
	// [ErrSessionOver] or [ErrUnreachable].
	Disconnect(id uint64, reason Reason, farewell reply.Code, args []any) error
	// Notify hands over a notice that may get lost on the way. It does not wait.
	Notify(id uint64, item Item)
}

// ErrUnreachable means that another house does not answer: nobody knows whether
// something was done there.
var ErrUnreachable = errors.New("room: the other house does not answer")

// A Peer is another house with the same rooms, whose people are here, too. They
// are users of this house like others, whom one sees, tells, and kicks, but for
// their readers and writers: those are there. What they say comes by Hear.
//
// Each house decides what its own people are called. Where two houses gave out one
// name at the same time, all find the same one to have it; its house renames the
// other one, who meanwhile goes by another name here.
//
// One goroutine uses it, and all others of the house.
type Peer struct {
	name     string
	hub      *Hub
	remote   Remote
	sessions map[uint64]*Session // by session; guarded by Hub.mu
	received *receivedLog        // of the process that is there
}

// maxReceivedLogs is of how many processes a house knows what it heard of them. Each time that a
// neighbour is started it is one more.
const maxReceivedLogs = 1000

// receivedLog is what was heard of what a process said.
type receivedLog struct {
	lastSeq   map[string]uint64  // the number there of the last event, by room
	fromStore map[remoteSeq]bool // events after those, that were found in the store
}

// remoteSeq is where an event stands at its home.
type remoteSeq struct {
	room string
	seq  uint64
}

// AddPeer returns the Peer of a name, where nobody is yet as far as this
// house knows.
func (h *Hub) AddPeer(name string, home Remote) *Peer {
	pr := &Peer{name: name, hub: h, remote: home, sessions: map[uint64]*Session{}, received: newReceivedLog(nil)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.peers = append(h.peers, pr)
	return pr
}

// StartProcess says that a process of an identity is there from now on, which numbers its events
// anew, and which of those this house has already, by room.
func (pr *Peer) StartProcess(identity string, has map[string]uint64) {
	pr.KnowProcess(identity, has)
	pr.received = pr.hub.receivedLogs[identity]
}

// KnowProcess says that HearStored may be called for a process of an identity, be it a neighbour's
// or not, of which this house has some events already, by room. What was heard of it before
// stays known.
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

// isCurrentLog reports whether something is what was heard of a process that is there.
func (h *Hub) isCurrentLog(one *receivedLog) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.peers, func(pr *Peer) bool { return pr.received == one })
}

func newReceivedLog(has map[string]uint64) *receivedLog {
	one := &receivedLog{lastSeq: map[string]uint64{}, fromStore: map[remoteSeq]bool{}}
	maps.Copy(one.lastSeq, has)
	return one
}

// Remove says that nothing comes any more of the neighbour, of whom nobody is here.
func (pr *Peer) Remove() {
	pr.hub.mu.Lock()
	defer pr.hub.mu.Unlock()
	pr.hub.peers = slices.DeleteFunc(pr.hub.peers, func(other *Peer) bool { return other == pr })
}

// Receive has a room go on with an event of the neighbour's, whose Seq is that there.
// What was heard before is left out. It reports false where there is no such room.
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

// ReceiveStored is Hear for what a process has in the store, which is only a part of what
// happened: the rest may still be heard.
func (pr *Peer) ReceiveStored(identity, room string, e *Event) {
	h, at := pr.hub.receivedLogs[identity], remoteSeq{room, e.Seq}
	if h != nil && e.Seq > h.lastSeq[room] && !h.fromStore[at] && pr.appendRemote(room, e) {
		h.fromStore[at] = true
	}
}

// appendRemote has a room go on with an event, unless that happened before it was founded. It
// reports false where there is no such room.
func (pr *Peer) appendRemote(room string, e *Event) bool {
	r, others, late := pr.locate(room, e)
	switch {
	case r == nil:
		return false
	case late:
		return true
	}
	e.Peer = pr.name
	r.announce(e)
	r.wake()
	for _, other := range others {
		other.eraseBefore(e.User, e.Time)
	}
	return true
}

// Remembers reports whether a room still has what it went on with: a line that is neither
// forgotten nor beyond the limits, in a room that is not closed.
func (pr *Peer) Remembers(room string, e *Event) bool {
	pr.hub.mu.Lock()
	r := pr.hub.rooms[room]
	pr.hub.mu.Unlock()
	switch {
	case r == nil:
		return false
	case e.Kind == Forgot:
		return true
	}
	said := r.pastLines()
	at, ok := findSeq(said, e.Seq)
	return ok && said[at] == e
}

// locate returns the room that an event is of, or nil, those that are to forget, too, and
// whether it happened before the room was founded.
func (pr *Peer) locate(room string, e *Event) (r *Room, others []*Room, late bool) {
	h := pr.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	r = h.rooms[room]
	if room == Lobby {
		r = h.lobbyLocked()
	}
	if e.Kind == Forgot {
		h.eraseInputHistoryLocked(e.User.Person)
		if room == Lobby { // other rooms are told where there is something as far as is known there
			others = h.sortedRoomsLocked()
		}
	} else {
		e.User = pr.localInfoLocked(e.User)
	}
	return r, others, r != nil && r.predatesRoomLocked(e)
}

// localInfoLocked returns somebody as this house knows the person.
func (pr *Peer) localInfoLocked(who *UserInfo) *UserInfo {
	if who == nil {
		return nil
	}
	if s := pr.sessions[who.SessionID]; s != nil {
		s.idle.touch()
		if u := s.user; u.remoteName != "" || u.info.Load().Name == who.Name {
			return u.info.Load()
		}
	}
	return repairUserInfo(who)
}

// UpdateSessions learns of sessions that have come, changed or ended.
func (pr *Peer) UpdateSessions(sessions []PeerSession) {
	defer pr.hub.wakeForJoinLeave()
	pr.hub.mu.Lock()
	defer pr.hub.mu.Unlock()
	pr.hub.sweepRoomsLocked() // first: a room that is over is not the one where somebody is now
	for i := range sessions {
		pr.updateSessionLocked(&sessions[i])
	}
	pr.hub.reconcileNamesLocked()
}

// ReplaceSessions learns of all sessions that there are.
func (pr *Peer) ReplaceSessions(sessions []PeerSession) {
	pr.dropMissing(sessions)
	pr.UpdateSessions(sessions)
}

// dropMissing ends the sessions that are not among some.
func (pr *Peer) dropMissing(sessions []PeerSession) {
	pr.hub.mu.Lock()
	defer pr.hub.mu.Unlock()
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

// PeerTimeout is after how long without a word from a neighbour its people have left,
// and nameHoldTime for how long after that their names are nobody else's.
const (
	PeerTimeout  = 10 * time.Second
	nameHoldTime = 20 * time.Second
)

// MarkLost has the neighbour's people leave: it does not answer any more, for [PeerTimeout].
func (pr *Peer) MarkLost() {
	pr.endSessions(PeerLost, func(u *user) { pr.hub.online.hold(u, nameHoldTime) })
}

// MarkStopped has them leave because their house is closed.
func (pr *Peer) MarkStopped() { pr.endSessions(Stopping, func(*user) {}) }

func (pr *Peer) endSessions(reason Reason, before func(*user)) {
	defer pr.hub.wakeForJoinLeave()
	pr.hub.mu.Lock()
	defer pr.hub.mu.Unlock()
	for _, s := range pr.sessions {
		before(s.user)
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

// addSessionLocked has somebody be here who came in there.
func (pr *Peer) addSessionLocked(ps *PeerSession) {
	h := pr.hub
	s := pr.newSessionLocked(ps)
	pr.sessions[s.id] = s
	if ps.Following != "" {
		pr.addFollowerLocked(s, ps)
		return
	}
	if u := h.online.byPerson[s.Person]; u != nil {
		s.attachRemoteLocked(u)
		pr.applyStateLocked(s, ps)
		return
	}
	u := &user{assigned: ps.Assigned, namedAt: ps.NamedAt}
	u.rateLimit.Store(h.rateLimitLocked(s.Person))
	s.user = u
	u.addLocked(s)
	who := ps.User
	u.info.Store(&who)
	name, id := h.resolveNameConflictLocked(u, ps.User.Name)
	called := who
	called.Name, called.folded = name, names.Fold(name)
	u.identity = id
	u.info.Store(&called)
	h.online.add(u)
	h.announceToRoomsLocked(u, &Event{Time: time.Now(), Kind: Joined, User: &called})
	pr.applyStateLocked(s, ps)
}

// addFollowerLocked has somebody be known who follows a room there, and is nobody here.
func (pr *Peer) addFollowerLocked(s *Session, ps *PeerSession) {
	who := ps.User
	s.oneShot, s.following, s.user = true, true, &user{}
	pr.hub.followSessions[s] = true
	s.user.info.Store(&who)
	if r := pr.hub.rooms[ps.Following]; r != nil {
		s.room().readers.Add(-1)
		r.readers.Add(1)
		s.firstView.room = r
	}
}

// newSessionLocked makes a user of somebody else's session.
func (pr *Peer) newSessionLocked(ps *PeerSession) *Session {
	h := pr.hub
	s := &Session{
		Person:      ps.User.Person,
		Since:       ps.Since,
		id:          ps.ID,
		hub:         h,
		peer:        pr,
		peerSession: ps,
		client: ClientInfo{
			Fingerprint: ps.Fingerprint, Address: ps.User.Address, Remote: ps.Remote, Door: ps.Door, Client: ps.Client,
			Unnamed: ps.User.Unnamed, NoDirect: ps.NoDirect, Scripted: ps.Scripted, Terminal: ps.Terminal,
		},
		onWake:  func() {},
		done:    make(chan struct{}),
		mailbox: mailbox{emptied: make(chan struct{}, 1)},
	}
	s.idle.startedAt = ps.Since
	s.ignoreList.Store(h.ignoreLists.Get(s.Person))
	s.settings.Store(h.settings.Get(s.Person))
	s.firstView.logReader = logReader{room: h.lobbyLocked(), onWake: s.onWake}
	s.readView = &s.firstView
	s.speakView.Store(&s.firstView)
	s.room().readers.Add(1)
	return s
}

// attachRemoteLocked makes s one more session of a person who is here. Of two terminals
// the later one stays; the other houses find the same.
func (s *Session) attachRemoteLocked(u *user) {
	old := u.terminal
	s.user = u
	u.addLocked(s)
	switch {
	case old == nil || !s.client.Terminal:
	case old.Since.After(s.Since):
		u.terminal = old
	case old.peer == nil:
		old.successor = s
		old.leaveLocked(TakenOver, TakenOver.Code())
	}
}

// applyStateLocked has what others see of s be what it is at home.
func (pr *Peer) applyStateLocked(s *Session, ps *PeerSession) {
	h, u := pr.hub, s.user
	if s.following {
		return
	}
	known := *ps // which holds no others in memory
	s.peerSession = &known
	switch {
	case u.isLocal() && !ps.Terminal: // a program there is no sign of anybody
	case ps.Away.IsZero():
		u.awayState.Store(nil)
	default:
		u.awayState.Store(&awayState{message: ps.AwayMessage, since: ps.Away})
	}
	pr.applyNameLocked(s, ps)
	if u.isLocal() { // the rest is as we say, who have the same book
		return
	}
	who := *u.info.Load()
	who.Verified, who.Bot, who.Unnamed = ps.User.Verified, ps.User.Bot, ps.User.Unnamed
	u.info.Store(&who)
	h.applyRoomsLocked(u)
}

// applyHomeStateLocked has somebody who is not in this house any more, but in others, be what
// it is there: they may not have heard of what it did here last.
func (h *Hub) applyHomeStateLocked(u *user) {
	if u.isLocal() || len(u.sessions) == 0 {
		return
	}
	s := u.sessions[0]
	s.peer.applyStateLocked(s, s.peerSession)
}

// applyNameLocked has s be called what it is called at home, if it can be.
func (pr *Peer) applyNameLocked(s *Session, ps *PeerSession) {
	h, u := pr.hub, s.user
	was := *u.info.Load()
	if was.Name == ps.User.Name {
		h.online.setRemoteName(u, "")
		return
	}
	if u.isLocal() && !ps.NamedAt.After(u.namedAt) { // what it was called last counts
		h.online.setRemoteName(u, ps.User.Name) // so it is called there until they hear of that
		return
	}
	u.namedAt = ps.NamedAt
	if wished, err := names.Check(ps.User.Name); u.remoteName == ps.User.Name && (err != nil || h.online.holder(wished, u) != nil) {
		return // and is granted when it is free
	}
	name, id := h.resolveNameConflictLocked(u, ps.User.Name)
	if name == was.Name {
		return
	}
	h.renameUserLocked(u, name, id)
}

// applyRoomsLocked has somebody be in the rooms where it is at home, as far as there are
// such rooms here yet.
func (h *Hub) applyRoomsLocked(u *user) {
	var there []string
	for _, s := range u.sessions {
		there = append(there, s.peerSession.Rooms...)
	}
	for _, r := range slices.Clone(u.rooms) {
		if !slices.Contains(there, r.identity.Key) {
			h.removeMemberLocked(u, r, Quit)
		}
	}
	for _, key := range there {
		if r := h.rooms[key]; r != nil && key != Lobby && !r.members[u] {
			h.addMemberLocked(u, r)
		}
	}
}
