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

// ErrClosed is returned by [Hub.Enter] and [Hub.Exec] once the house is
// closed.
var ErrClosed = errors.New("room: the house is closed")

// Lobby is the name of the room where everybody begins.
const Lobby = "lobby"

// A Hub is what all rooms share: who is online under which name, who may do
// what, and the rooms themselves. Its methods may be called from any goroutine.
// Its fields must not change once anybody is here; a Policy changes by [Hub.SetPolicy].
type Hub struct {
	Policy

	// MessageStore is what outlasts the process of what is said. Nil keeps nothing.
	Messages MessageStore
	// HistoryLimits says how much of what is said the rooms remember.
	HistoryLimits HistoryLimits
	// Store is what outlasts the process of everything else. Nil keeps nothing.
	Records records.Store
	// IsOperatorKey reports whether the key of a fingerprint is an operator's, beside
	// those whom operators made operators. It must not wait. It may be nil.
	IsOperatorKey func(fingerprint string) bool
	// CountOperatorKeys returns how many keys there are of which Operator reports that. It must
	// not wait. It may be nil, which is for none.
	CountOperatorKeys func() int
	// OnOrphaned is called without a lock where [Hub.ApplyRemote] has left the house without an
	// operator. It may be nil.
	OnOrphaned func()
	// OnAudit is called with what operators do, by the goroutine of who did it and without
	// a lock: a log that takes long holds up that one alone. It may be nil.
	OnAudit func(moderation.AuditEntry)
	// IsAllowedKey reports the same of those who may enter where InviteOnly is set.
	IsAllowedKey func(fingerprint string) bool
	// PeerNameAge returns for how long another house with the same Store keeps names, as
	// [Policy].NameAge says: the longer time counts. It must not wait. It may be nil.
	PeerNameAge func() time.Duration
	// Redirect is where people are sent when the server stops.
	Redirect Redirect

	commands     []*Command // immutable
	clockOffsets clockOffsets

	mu             sync.Mutex
	sessions       map[*Session]bool // everybody, those included who visit
	online         roster
	rooms          map[string]*Room // by the key of the name
	joinLeaveRooms []*Room          // those whose readers are to be woken, see wakeForJoinLeave
	subscriptions  []*Subscription
	followSessions map[*Session]bool // those of everybody who follow a room
	peerFeed       *PeerFeed         // nil in a house that is the only one
	nodeBits       uint64            // tells sessions of several houses apart; 0 in the only one
	peers          []*Peer
	receivedLogs   map[string]*receivedLog // by identity of the process; guarded by nothing: the neighbours have one goroutine
	closedSeq      uint64                  // the highest number of an event in a room that is closed
	closedTime     time.Time               // and the latest time of one
	lobbyRingSize  int                     // how many events the lobby keeps
	lastID         uint64
	guestCount     atomic.Uint64 // how many came by a door that asks for no name
	warnings       []*warning    // the oldest first
	closed         bool
	done           chan struct{} // is closed with it

	state                       // what the Store has
	lastRecord    atomic.Uint64 // the number of the last row that went there
	counters                    // what is counted
	addressLimits addressLimits // what came from where
	quotas        quotas        // what was taken from where of what all share

	renderCache renderCache // of what happened in all rooms
	scanSlots   semaphore   // of those who look through much
}

// NewHub returns a house with nobody in it.
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

// lobbyLocked returns the lobby, and makes it at the first time.
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

// Close tells everybody that the server is stopping and lets them out; nobody
// gets in any more. Each writer still delivers what its user has not read.
// Calling it again does nothing.
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

// allSessionsLocked returns the sessions in this house, those included that visit, and
// in the others.
func (h *Hub) allSessionsLocked() []*Session {
	all := slices.Collect(maps.Keys(h.sessions))
	for _, pr := range h.peers {
		all = slices.AppendSeq(all, maps.Values(pr.sessions))
	}
	return all
}

// usersIn returns those who are in a room, in the order of arrival.
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

// membersLocked returns those who are in a room.
func (h *Hub) membersLocked(r *Room) []*user {
	members := make([]*user, 0, h.memberCountLocked(r))
	if r != h.lobbyLocked() {
		return slices.AppendSeq(members, maps.Keys(r.members))
	}
	return slices.AppendSeq(members, maps.Values(h.online.byName))
}

// memberCountLocked returns how many are in a room.
func (h *Hub) memberCountLocked(r *Room) int {
	if r != h.lobbyLocked() {
		return len(r.members)
	}
	return len(h.online.byName)
}

// findUser returns who is here under a name, or nil.
func (h *Hub) findUser(name string) *user {
	key := names.Key(name)
	if key == "" {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.online.byName[key]
}

// findUser is that of the house, for s: who has no name but its address, is among
// those who have none either, known by it.
func (s *Session) findUser(name string) *user {
	if u := s.hub.findUser(name); u != nil || !s.showsAddresses() {
		return u
	}
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.online.byAddress[name]
}

// displayName returns what s knows somebody by: where both have no name, by the address.
func (s *Session) displayName(who *UserInfo) string {
	if who.Unnamed && s.showsAddresses() {
		return who.Address
	}
	return who.Name
}

// showsAddresses reports whether s's door shows addresses.
func (s *Session) showsAddresses() bool { return s.client.Unnamed }

// CountSessions returns how many users are in the house; those who visit count too.
func (h *Hub) CountSessions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions)
}
