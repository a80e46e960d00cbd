package room

import (
	"errors"
	"hash/fnv"
	"net/netip"
	"slices"
	"time"

	"teahouse/internal/eventlog"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
)

// A PeerSession is what other nodes learn about a session at this one.
type PeerSession struct {
	ID                uint64     `json:"id"`
	User              UserInfo   `json:"user"`                  // the user, who may have several sessions
	Fingerprint       string     `json:"fingerprint,omitempty"` // of the key that the client used
	Remote            netip.Addr `json:"remote,omitzero"`
	Door              string     `json:"door"`
	Client            string     `json:"client,omitempty"`
	Since             time.Time  `json:"since"`
	Terminal          bool       `json:"terminal,omitempty"`
	NoPrivateMessages bool       `json:"no_direct,omitempty"`
	Scripted          bool       `json:"scripted,omitempty"`
	NamedAt           time.Time  `json:"named_at"`           // since when the user has this name
	Assigned          bool       `json:"assigned,omitempty"` // the name was assigned in place of the requested one
	Away              time.Time  `json:"away,omitzero"`      // since when the person is away
	AwayMessage       string     `json:"away_message,omitempty"`
	Rooms             []string   `json:"rooms,omitempty"`       // keys of the rooms that the user has joined, besides the lobby
	Following         string     `json:"following,omitempty"`   // the key of the room that the session follows; then it is no member of any room
	LeftReason        Reason     `json:"left_reason,omitempty"` // why the session ended; "" while it lasts
}

// A PeerFeed provides what other nodes must learn of this one: events, as a [Subscription], and
// changes of sessions. Deliver and Disconnect may be called from any goroutine.
type PeerFeed struct {
	*Subscription
	sessions map[uint64]*Session // the sessions that other nodes may know; guarded by Hub.mu
	changed  map[*Session]bool   // since the last call of ChangedSessions; guarded by Hub.mu
}

// PeerFeed returns the PeerFeed of a hub that is one of several nodes. It must be called once,
// before the first session enters. Node is the name of this node.
func (h *Hub) PeerFeed(node string) *PeerFeed {
	r := &PeerFeed{Subscription: h.subscribe(true), sessions: map[uint64]*Session{}, changed: map[*Session]bool{}}
	st := h.Lock()
	defer st.Unlock()
	salt := fnv.New32a()
	salt.Write([]byte(node))
	st.peerFeed, st.nodeBits = r, uint64(salt.Sum32())%1023+1
	return r
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

// sessionChanged notes that other nodes must learn of a change of a local session.
func (st *State) sessionChanged(s *Session) {
	if st.peerFeed == nil || s.peer != nil || s.OneShot && !s.Following {
		return
	}
	st.peerFeed.changed[s] = true
	eventlog.Signal(nil, st.peerFeed.wake)
}

// SetUserInfo changes how others see a user.
func (st *State) SetUserInfo(u *User, who *UserInfo) {
	u.info.Store(who)
	st.userChanged(u)
}

// userChanged is sessionChangedLocked for all sessions of a user.
func (st *State) userChanged(u *User) {
	for _, s := range u.Sessions {
		st.sessionChanged(s)
	}
}

// ChangedSessions returns the sessions that have changed since the last call, including those that
// have ended.
func (f *PeerFeed) ChangedSessions() (changed []PeerSession) {
	h := f.hub
	st := h.Lock()
	defer st.Unlock()
	for s := range f.changed {
		if ps := s.peerSessionLocked(); ps.LeftReason == "" {
			f.sessions[s.id] = s
			changed = append(changed, ps)
		} else if f.sessions[s.id] != nil {
			delete(f.sessions, s.id)
			changed = append(changed, ps)
		}
	}
	clear(f.changed)
	slices.SortFunc(changed, func(a, b PeerSession) int { return a.Since.Compare(b.Since) })
	return changed
}

// AllSessions returns all sessions, for a node that asks. Changes among them stay pending for
// ChangedSessions, because the other nodes have not asked.
func (f *PeerFeed) AllSessions() (all []PeerSession) {
	h := f.hub
	st := h.Lock()
	defer st.Unlock()
	for s := range st.Sessions {
		if !s.OneShot || s.Following {
			f.sessions[s.id] = s
			all = append(all, s.peerSessionLocked())
		}
	}
	slices.SortFunc(all, func(a, b PeerSession) int { return a.Since.Compare(b.Since) })
	return all
}

func (s *Session) peerSessionLocked() PeerSession {
	ci, u := &s.Client, s.User
	ps := PeerSession{
		ID: s.id, User: *u.info.Load(), Fingerprint: ci.Fingerprint, Remote: ci.Remote, Door: ci.Door, Client: text.Clean(ci.Client),
		Since: s.Since, Terminal: ci.Terminal, NoPrivateMessages: ci.NoPrivateMessages, Scripted: ci.Scripted, Assigned: u.Assigned, NamedAt: u.namedAt,
	}
	if a := u.Away.Load(); a != nil {
		ps.Away, ps.AwayMessage = a.Since, a.Message
	}
	for _, r := range u.Rooms {
		ps.Rooms = append(ps.Rooms, r.Identity.Key)
	}
	if s.Following {
		ps.Following = s.Room().Identity.Key
	}
	if !s.hub.state.Sessions[s] {
		ps.LeftReason = s.reason
	}
	return ps
}

// ErrSessionOver means that a session is over.
var ErrSessionOver = errors.New("room: the session is over")

// session returns a local session, or nil if it has ended.
func (f *PeerFeed) session(id uint64) *Session {
	st := f.hub.Lock()
	defer st.Unlock()
	if s := f.sessions[id]; st.Sessions[s] {
		return s
	}
	return nil
}

// Deliver hands an item from somebody at another node to a session at this one. The error is a
// [*reply.Refusal] or [ErrSessionOver].
func (f *PeerFeed) Deliver(id uint64, item Item) error {
	s := f.session(id)
	if s == nil {
		return ErrSessionOver
	}
	switch item := item.(type) {
	case *BotCommand:
		return s.receiveCommand(item)
	case *Event:
		return s.receiveDirect(item)
	}
	return s.receive(item)
}

// receiveDirect hands s a private message that was sent at another node.
func (s *Session) receiveDirect(e *Event) error {
	e.To = s.UserInfo()
	switch {
	case s.Client.NoPrivateMessages:
		return reply.Refuse(reply.CannotReadMessages, e.To.Name)
	case s.Ignores(e):
		return reply.Refuse(reply.Ignored, e.To.Name)
	}
	err := s.receive(e)
	if err == nil {
		s.User.LastSender.Store(e.User)
	}
	return err
}

func (s *Session) receive(item Item) error {
	switch {
	case s.Post(item):
		return nil
	case s.mailbox.isClosed():
		return ErrSessionOver
	}
	return reply.Refuse(reply.MailboxFull, s.UserInfo().Name)
}

// Announce tells everybody at this node something, and nobody at others.
func (f *PeerFeed) Announce(p reply.Code, args ...any) {
	h := f.hub
	st := h.Lock()
	rooms := st.Rooms.Sorted()
	st.Unlock()
	for _, one := range rooms {
		one.Append(&Event{Time: time.Now(), Kind: Announced, User: &UserInfo{}, Code: p, Args: args, Peer: "-"})
		one.Wake()
	}
}

// Disconnect ends a session at this node on behalf of another one. The error is [ErrSessionOver].
func (f *PeerFeed) Disconnect(id uint64, reason Reason, farewell reply.Code, args ...any) error {
	s := f.session(id)
	if s == nil {
		return ErrSessionOver
	}
	s.leave(reason, farewell, args...)
	return nil
}

const (
	// maxClientBytes limits what is kept of a client's description of itself.
	maxClientBytes = 255

	// maxPeerRooms is more than the rooms that one user may join.
	maxPeerRooms = 2 * maxJoinedRooms
)

// Sanitize makes ps, which comes from another node, fit to be shown, or returns why it cannot be.
func (ps *PeerSession) Sanitize() error {
	now := time.Now()
	ps.User.Sanitize()
	ps.Fingerprint, ps.Door, ps.Client, ps.AwayMessage = sanitize.Key(ps.Fingerprint), text.Limit(ps.Door, sanitize.MaxKeyBytes, text.Clean), text.Limit(ps.Client, maxClientBytes, text.Clean), text.Limit(ps.AwayMessage, moderation.MaxReasonBytes, text.Clean)
	ps.Since, ps.NamedAt, ps.Away = sanitize.Time(ps.Since, now), sanitize.Time(ps.NamedAt, now), sanitize.Time(ps.Away, now)
	ps.LeftReason = ps.LeftReason.Sanitized()
	switch {
	case ps.ID == 0:
		return errors.New("it has no number")
	case ps.LeftReason == "" && ps.User.Name == "":
		return errors.New("it is nobody's")
	case len(ps.Rooms) > maxPeerRooms:
		return errors.New("it is in too many rooms")
	}
	ps.Rooms = slices.DeleteFunc(ps.Rooms, func(key string) bool { return len(key) > names.MaxBytes })
	if len(ps.Following) > names.MaxBytes {
		return errors.New("it follows no room")
	}
	return nil
}
