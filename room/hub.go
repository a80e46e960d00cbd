package room

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/records"
)

// ErrClosed is returned by [Hub.Enter] and [Hub.Exec] after [Hub.Close].
var ErrClosed = errors.New("room: the house is closed")

// Lobby is the name of the room in which everybody starts.
const Lobby = "lobby"

// A Hub is the state that all rooms share: who is online under which name, who may do what, and the
// rooms themselves. Its methods may be called from any goroutine. Its exported fields must not
// change after the first session has entered; to change the Policy, call [Hub.SetPolicy].
type Hub struct {
	Policy

	// Messages stores what is said, and private messages for people who are away. Nil stores
	// nothing.
	Messages MessageStore
	// HistoryLimits limits how much of what is said the rooms remember.
	HistoryLimits HistoryLimits
	// Records stores everything else that outlasts the process. Nil stores nothing.
	Records records.Store
	// IsOperatorKey reports whether the key with this fingerprint belongs to an operator, in
	// addition to the operators that other operators appointed. It must not wait. It may be nil.
	IsOperatorKey func(fingerprint string) bool
	// CountOperatorKeys returns the number of keys for which IsOperatorKey returns true. It must
	// not wait. Nil means that there are none.
	CountOperatorKeys func() int
	// OnOrphaned is called, without a lock, when [Hub.ApplyRemote] has removed the last operator.
	// It may be nil.
	OnOrphaned func()
	// OnAudit is called with each act of an operator, without a lock, on the goroutine of that
	// operator's session: a slow log delays nobody else. It may be nil.
	OnAudit func(moderation.AuditEntry)
	// IsAllowedKey reports whether the key with this fingerprint may enter even if InviteOnly is
	// set.
	IsAllowedKey func(fingerprint string) bool
	// PeerNameAge returns the longest [Policy].NameAge of the other nodes that share the store; the
	// longer time counts. It must not wait. It may be nil.
	PeerNameAge func() time.Duration
	// Redirect is where people are sent when the server stops.
	Redirect Redirect

	commands     []*Command // immutable
	clockOffsets clockOffsets

	mu             sync.Mutex
	sessions       map[*Session]bool // all sessions, including one-shot sessions
	online         roster
	rooms          map[string]*Room // by the key of the name
	joinLeaveRooms []*Room          // rooms whose readers must be woken; see wakeForJoinLeave
	subscriptions  []*Subscription
	followSessions map[*Session]bool // the sessions that follow a room
	peerFeed       *PeerFeed         // nil if this is the only node
	nodeBits       uint64            // distinguishes the session IDs of several nodes; 0 if this is the only one
	peers          []*Peer
	receivedLogs   map[string]*receivedLog // by identity of the process; needs no lock: one goroutine serves all peers
	closedSeq      uint64                  // the highest sequence number in any room that was closed
	closedTime     time.Time               // the latest time of an event in such a room
	lobbyRingSize  int                     // how many events the lobby keeps
	lastID         uint64
	guestCount     atomic.Uint64 // how many sessions came through a door that asks for no name
	warnings       []*warning    // oldest first
	closed         bool
	done           chan struct{} // closed together with the hub

	state                       // what is stored as records
	lastRecord    atomic.Uint64 // the number of the last record that was written
	counters                    // for statistics
	addressLimits addressLimits // rates by address
	quotas        quotas        // shares of what everybody shares, by network

	renderCache renderCache // renderings of events in all rooms
	scanSlots   semaphore   // limits how many commands scan at a time
}

// NewHub returns a hub with nobody online.
func NewHub() *Hub { return newHub(lobbyRingSize) }

func newHub(ring int) *Hub {
	h := &Hub{
		commands:       commands(),
		sessions:       map[*Session]bool{},
		followSessions: map[*Session]bool{},
		online:         newRoster(),
		rooms:          map[string]*Room{},
		receivedLogs:   map[string]*receivedLog{},
		lobbyRingSize:  ring,
		done:           make(chan struct{}),
		scanSlots:      newScanSlots(),
		state:          newState(),
		counters:       counters{departures: map[Departure]uint64{}},
	}
	h.registerTables()
	return h
}

// lobbyLocked returns the lobby. The first call creates it.
func (h *Hub) lobbyLocked() *Room {
	r := h.rooms[Lobby]
	if r == nil {
		r = newRoom(Lobby, h.lobbyRingSize, lobbyRingBytes, h.HistoryLimits, 1)
		r.identity, _ = names.Check(Lobby)
		r.eventCounts, r.renderCache = &h.events, &h.renderCache
		h.rooms[Lobby] = r
		h.subscribeRoomLocked(r)
	}
	return r
}

// Close tells everybody that the server is stopping and ends all sessions; no more can enter. Each
// writer still delivers what its session has not read. Calls after the first do nothing.
func (h *Hub) Close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
	users := slices.Collect(maps.Keys(h.sessions))
	h.mu.Unlock()
	for _, s := range users {
		s.Leave(Stopping)
	}
}

// allSessionsLocked returns all sessions, including one-shot sessions, at this node and at its
// peers.
func (h *Hub) allSessionsLocked() []*Session {
	all := slices.Collect(maps.Keys(h.sessions))
	for _, pr := range h.peers {
		all = slices.AppendSeq(all, maps.Values(pr.sessions))
	}
	return all
}

// usersIn returns the members of a room, in order of arrival.
func (h *Hub) usersIn(r *Room) []*UserInfo {
	h.mu.Lock()
	people := h.membersLocked(r)
	h.mu.Unlock()
	online := make([]*UserInfo, len(people))
	for i, u := range people {
		online[i] = u.listedInfo()
	}
	slices.SortFunc(online, func(a, b *UserInfo) int { return cmp.Compare(a.SessionID, b.SessionID) })
	return online
}

// membersLocked returns the members of a room.
func (h *Hub) membersLocked(r *Room) []*user {
	members := make([]*user, 0, h.memberCountLocked(r))
	if r != h.lobbyLocked() {
		return slices.AppendSeq(members, maps.Keys(r.members))
	}
	return slices.AppendSeq(members, maps.Values(h.online.byName))
}

// memberCountLocked returns the number of members of a room.
func (h *Hub) memberCountLocked(r *Room) int {
	if r != h.lobbyLocked() {
		return len(r.members)
	}
	return len(h.online.byName)
}

// findUser returns the online user with a name, or nil.
func (h *Hub) findUser(name string) *user {
	key := names.Key(name)
	if key == "" {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.online.byName[key]
}

// findUser is [Hub.findUser] as s sees it: at a door that shows addresses, users without a name are
// also found by their address.
func (s *Session) findUser(name string) *user {
	if u := s.hub.findUser(name); u != nil || !s.showsAddresses() {
		return u
	}
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.online.byAddress[name]
}

// displayName returns how s sees somebody: by address if neither of them has a name.
func (s *Session) displayName(who *UserInfo) string {
	if who.Unnamed && s.showsAddresses() {
		return who.Address
	}
	return who.Name
}

// showsAddresses reports whether s's door shows addresses.
func (s *Session) showsAddresses() bool { return s.client.Unnamed }

// CountSessions returns the number of sessions at this node, including one-shot sessions.
func (h *Hub) CountSessions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions)
}
