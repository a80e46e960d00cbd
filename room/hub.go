package room

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/ratelimit"
)

// ErrClosed is returned by [Hub.Enter] and [Hub.Exec] after [Hub.Close].
var ErrClosed = errors.New("room: the hub is closed")

// Lobby is the room in which everybody starts.
const Lobby ids.Room = "lobby"

// A Hub is the state that all rooms share: who is online under which name, who may do what, and the
// rooms themselves. Its methods may be called from any goroutine.
type Hub struct {
	config Config // never changes

	clockOffsets clockOffsets

	mu    sync.Mutex
	state State // guarded by mu

	done       chan struct{} // closed together with the hub
	guestCount atomic.Uint64 // how many sessions came through a door that asks for no name
	lastRecord atomic.Uint64 // the number of the last record that was written
	counters                 // for statistics

	lobbyRingSize int               // how many events the lobby keeps
	renderCache   event.RenderCache // renderings of events in all rooms
	scans         *ratelimit.Scans  // of commands
}

// New returns a hub with nobody online.
func New(c Config) *Hub { return newHub(c, LobbyRingSize) }

func newHub(c Config, ring int) *Hub {
	h := &Hub{
		config:        c,
		lobbyRingSize: ring,
		done:          make(chan struct{}),
		scans:         ratelimit.NewScans(),
	}
	h.state.init(h)
	return h
}

// Config returns the configuration that the hub was made with. The policy in it may no longer be in
// force.
func (h *Hub) Config() Config { return h.config }

// Lobby returns the lobby. The first call creates it.
func (rs *Rooms) Lobby() *Room {
	r := rs.ByID[Lobby]
	if r == nil {
		r = newRoom(Lobby, string(Lobby), logConfig(rs.st.hub, rs.st.hub.lobbyRingSize, LobbyRingBytes, Lobby, 1))
		r.Identity, _ = names.Check(r.Name)
		rs.ByID[Lobby] = r
		rs.subscribe(r)
	}
	return r
}

// Close tells everybody that the server is stopping and ends all sessions; no more can enter. Each
// writer still delivers what its session has not read. Calls after the first do nothing.
func (h *Hub) Close() {
	st := h.Lock()
	if !st.closed {
		st.closed = true
		close(h.done)
	}
	sessions := slices.Collect(maps.Keys(st.Sessions))
	st.Unlock()
	for _, s := range sessions {
		s.Leave(Stopping)
	}
}

// allSessions returns all sessions, including one-shot sessions, at this node and at others.
func (st *State) allSessions() []*Session {
	return slices.AppendSeq(slices.Collect(maps.Keys(st.Sessions)), maps.Keys(st.remoteSessions))
}

// UsersIn returns the members of a room, in order of arrival.
func (h *Hub) UsersIn(r *Room) []*UserInfo {
	st := h.Lock()
	people := st.Rooms.members(r)
	st.Unlock()
	online := make([]*UserInfo, len(people))
	for i, u := range people {
		online[i] = u.listedInfo()
	}
	slices.SortFunc(online, func(a, b *UserInfo) int { return cmp.Compare(a.SessionID, b.SessionID) })
	return online
}

// members returns the members of a room.
func (rs *Rooms) members(r *Room) []*User {
	members := make([]*User, 0, rs.MemberCount(r))
	if r != rs.Lobby() {
		return slices.AppendSeq(members, maps.Keys(r.Members))
	}
	return slices.AppendSeq(members, maps.Values(rs.st.Online.ByName))
}

// MemberCount returns the number of members of a room.
func (rs *Rooms) MemberCount(r *Room) int {
	if r != rs.Lobby() {
		return len(r.Members)
	}
	return len(rs.st.Online.ByName)
}

// FindUser returns the online user with a name, or nil.
func (h *Hub) FindUser(name string) *User {
	key := names.Key(name)
	if key == "" {
		return nil
	}
	st := h.Lock()
	defer st.Unlock()
	return st.Online.ByName[key]
}

// FindUser is [Hub.FindUser] as s sees it: at a door that shows addresses, users without a name are
// also found by their address.
func FindUser(s *Session, name string) *User {
	if u := s.hub.FindUser(name); u != nil || !showsAddresses(s) {
		return u
	}
	st := s.hub.Lock()
	defer st.Unlock()
	return st.Online.ByAddress[name]
}

// DisplayName returns how s sees somebody: by address if neither of them has a name.
func DisplayName(s *Session, who *UserInfo) string {
	if who.Unnamed && showsAddresses(s) {
		return who.Address
	}
	return who.Name
}

// showsAddresses reports whether s's door shows addresses.
func showsAddresses(s *Session) bool { return s.Client.Unnamed }

// CountSessions returns the number of sessions at this node, including one-shot sessions.
func (h *Hub) CountSessions() int {
	st := h.Lock()
	defer st.Unlock()
	return len(st.Sessions)
}
