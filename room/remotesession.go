package room

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"teahouse/internal/eventlog"
	"teahouse/internal/ids"
	"teahouse/internal/inbox"
	"teahouse/internal/reply"
)

// A Remote reaches the sessions at another node.
type Remote interface {
	// Deliver hands an item to a session at the other node. It waits for a confirmation until ctx
	// ends, for a few seconds at most. The error is a [*reply.Refusal], [ErrSessionOver] or
	// [ErrUnreachable].
	Deliver(ctx context.Context, id uint64, item Item) error
	// Disconnect ends a session at the other node, and waits like Deliver. The error is
	// [ErrSessionOver] or [ErrUnreachable].
	Disconnect(ctx context.Context, id uint64, reason Reason, farewell reply.Code, args []any) error
	// Notify sends an item that may get lost on the way. It does not wait.
	Notify(id uint64, item Item)
}

var (
	// ErrUnreachable means that the other node did not answer: it is unknown whether it did what
	// was asked.
	ErrUnreachable = errors.New("room: the other node does not answer")
	// ErrSessionOver means that a session is over.
	ErrSessionOver = errors.New("room: the session is over")
)

// A Node is another node of the same chat, as its sessions here need it.
type Node interface {
	Remote
	// Name returns the node's name, as in [Event].Peer.
	Name() string
	// ApplyState applies once more what the node said about one of its sessions. The lock is held.
	ApplyState(st *State, s *Session)
}

// JoinNodes says that the hub is one of several nodes, under the given name. It must be called once,
// before the first session enters. From then on, changed is called with each local session of which
// other nodes must learn something: it began, changed or ended. Changed is called with the lock held
// and must not wait.
func (st *State) JoinNodes(name string, changed func(*Session)) {
	salt := fnv.New32a()
	salt.Write([]byte(name))
	st.nodeBits, st.onSessionChanged = uint64(salt.Sum32())%1023+1, changed
}

// nextSessionID returns the ID of a new session; IDs follow the order of arrival. If there
// are several nodes, IDs are unique among all of them: they consist of the time and of bits that
// differ between the nodes.
func (st *State) nextSessionID(now time.Time) uint64 {
	st.lastID++
	if st.nodeBits != 0 {
		st.lastID = max(st.lastID, uint64(now.UnixMicro())<<10|st.nodeBits)
	}
	return st.lastID
}

// sessionChanged notes that other nodes must be told of a change of a local session.
func (st *State) sessionChanged(s *Session) {
	if st.onSessionChanged == nil || s.node != nil || s.OneShot && !s.Following {
		return
	}
	st.onSessionChanged(s)
}

// SetUserInfo changes how others see a user. The lock is held.
func (st *State) SetUserInfo(u *User, who *UserInfo) {
	u.SetInfo(who)
	st.userChanged(u)
}

// userChanged is sessionChanged for all sessions of a user.
func (st *State) userChanged(u *User) {
	for _, s := range u.Sessions {
		st.sessionChanged(s)
	}
}

// NewRemoteSession returns the local counterpart of a session at another node. The caller sets its
// RoomsThere, and then calls [State.EnterRemote] or [State.FollowRemote] before it unlocks.
func (st *State) NewRemoteSession(at Node, id uint64, person ids.Account, since time.Time, client ClientInfo) *Session {
	s := &Session{
		Person: person,
		Since:  since,
		id:     id,
		hub:    st.hub,
		node:   at,
		Client: client,
	}
	s.idle.startedAt = since
	s.IgnoreList.Store(st.IgnoreLists.Get(person))
	s.settings.Store(st.Settings.Get(person))
	startReading(s, st.Rooms.Lobby(), eventlog.WakeFunc(func() {}))
	st.remoteSessions[s] = true
	return s
}

// EnterRemote adds a session at another node to its user: somebody who is online already or, with
// what that node says about them, a new user. The lock is held.
func (st *State) EnterRemote(s *Session, who UserInfo, namedAt time.Time, assigned bool) {
	if u := st.Online.ByPerson[s.Person]; u != nil {
		st.attachRemote(s, u)
		return
	}
	u := &User{Assigned: assigned, NamedAt: namedAt}
	u.rateLimit.Store(st.Access.rateLimit(s.Person))
	s.User = u
	u.addLocked(s)
	u.SetInfo(&who)
	name, id := st.Naming.resolveConflict(u, who.Name)
	called := who
	called.SetName(name)
	u.Identity = id
	u.SetInfo(&called)
	st.Online.Add(u)
	st.Rooms.announce(u, &Event{Time: time.Now(), Kind: Joined, User: &called})
}

// attachRemote adds s, a session at another node, to a user who is online. Of two terminals
// the later one stays; all nodes decide that alike.
func (st *State) attachRemote(s *Session, u *User) {
	old := u.Terminal
	s.User = u
	u.addLocked(s)
	switch {
	case old == nil || !s.Client.Terminal:
	case old.Since.After(s.Since):
		u.Terminal = old
	case old.node == nil:
		old.successor = s
		st.leave(old, TakenOver, TakenOver.Code())
	}
}

// FollowRemote makes s, a session at another node, one that follows a room there without being a
// member. The lock is held.
func (st *State) FollowRemote(s *Session, who UserInfo, room ids.Room) {
	s.OneShot, s.Following, s.User = true, true, &User{}
	st.Following[s] = true
	s.User.SetInfo(&who)
	if r := st.Rooms.ByID[room]; r != nil {
		lookAt(s, r)
	}
}

// EndRemote removes a session at another node, which has ended there or is lost. The lock is held.
func (st *State) EndRemote(s *Session, reason Reason) { st.leave(s, reason, "") }

// applyHomeState applies to a user whose sessions are now all at other nodes what those nodes
// say: they may not have heard of the last changes here.
func (st *State) applyHomeState(u *User) {
	if u.IsLocal() || len(u.Sessions) == 0 {
		return
	}
	s := u.Sessions[0]
	s.node.ApplyState(st, s)
}

// JoinAsThere puts a user into the rooms that they have joined at their own nodes, as far as those
// exist here yet. The lock is held.
func (rs *Rooms) JoinAsThere(u *User) {
	var there []ids.Room
	for _, s := range u.Sessions {
		there = append(there, s.RoomsThere...)
	}
	for _, r := range slices.Clone(u.Rooms) {
		if !slices.Contains(there, r.ID) {
			rs.removeMember(u, r, Quit)
		}
	}
	for _, room := range there {
		if r := rs.ByID[room]; r != nil && room != Lobby && !r.Members[u] {
			rs.addMember(u, r)
		}
	}
}

// IsRemote reports whether s is at another node.
func (s *Session) IsRemote() bool { return s.node != nil }

// DisconnectAtPeer ends s, which is at another node, as [Remote].Disconnect does.
func DisconnectAtPeer(ctx context.Context, s *Session, reason Reason, farewell reply.Code, args []any) error {
	return s.node.Disconnect(ctx, s.id, reason, farewell, args)
}

// DeliverAtPeer hands an item to s, which is at another node, as [Remote].Deliver does.
func DeliverAtPeer(ctx context.Context, s *Session, item Item) error {
	return s.node.Deliver(ctx, s.id, item)
}

// Receive puts an item from somebody else into s's mailbox. The error is a [*reply.Refusal] or
// [ErrSessionOver].
func (s *Session) Receive(item Item) error {
	switch err := s.Post(item); {
	case errors.Is(err, inbox.ErrClosed):
		return ErrSessionOver
	case err != nil:
		return reply.Refuse(reply.MailboxFull, s.UserInfo().Name)
	}
	return nil
}
