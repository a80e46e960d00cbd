package room

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is returned by [House.Enter] and [House.Visit] once the house is
// closed.
var ErrClosed = errors.New("room: the house is closed")

// Lobby is the name of the room where everybody begins.
const Lobby = "lobby"

// A House is what all rooms share: who is online under which name, who may do
// what, and the rooms themselves. Its methods may be called from any goroutine.
// Its fields must not change once anybody is here; a Policy changes by [House.Govern].
type House struct {
	Policy

	// Archive is what outlasts the process of what is said. Nil keeps nothing.
	Archive Archive
	// Memory says how much of what is said the rooms remember.
	Memory Memory
	// Book is what outlasts the process of everything else. Nil keeps nothing.
	Book Book
	// Operator reports whether the key of a fingerprint is an operator's, beside
	// those whom operators made operators. It must not wait. It may be nil.
	Operator func(fingerprint string) bool
	// OperatorKeys returns how many keys there are of which Operator reports that. It must
	// not wait. It may be nil, which is for none.
	OperatorKeys func() int
	// Orphaned is called without a lock where [House.Learn] has left the house without an
	// operator. It may be nil.
	Orphaned func()
	// Audited is called with what operators do, by the goroutine of who did it and without
	// a lock: a log that takes long holds up that one alone. It may be nil.
	Audited func(Act)
	// Allowed reports the same of those who may enter where InviteOnly is set.
	Allowed func(fingerprint string) bool
	// NamesKept returns for how long another house with the same Book keeps names, as
	// [Policy].NameAge says: the longer time counts. It must not wait. It may be nil.
	NamesKept func() time.Duration
	// Elsewhere is where people are sent when the server stops.
	Elsewhere Elsewhere

	commands []*Command // immutable
	clocks   clocks

	mu         sync.Mutex
	users      map[*User]bool       // everybody, those included who visit
	online     map[string]*presence // by the key of the name
	roll       roll                 // the same in order
	looks      map[string]*presence // by what the name looks like
	people     map[string]*presence // by who it is, of those with a key
	addresses  map[string]*presence // of those whose name is their address
	rooms      map[string]*Room     // by the key of the name
	moved      []*Room              // those whose readers are to be woken, see wakeForMove
	followers  []*Followers
	follows    map[*User]bool // those of everybody who follow a room
	relay      *Relay         // nil in a house that is the only one
	salt       uint64         // tells sessions of several houses apart; 0 in the only one
	neighbours []*Neighbour
	heard      map[string]*heard      // by identity of the process; guarded by nothing: the neighbours have one goroutine
	wishing    map[*presence]bool     // who is called otherwise at home
	reserved   map[string]reservation // by what the name looks like
	ended      uint64                 // the highest number of an event in a room that is closed
	endedAt    time.Time              // and the latest time of one
	ring       int                    // how many events the lobby keeps
	lastID     uint64
	guests     atomic.Uint64 // how many came by a door that asks for no name
	warnings   []*warning    // the oldest first
	closed     bool
	closing    chan struct{} // is closed with it

	written               // what the Book has
	wrote   atomic.Uint64 // the number of the last row that went there
	ledger                // what is counted
	sources sources       // what came from where
	shares  shares        // what was taken from where of what all share

	renderings renderings // of what happened in all rooms
	readings   turns      // of those who look through much
}

// NewHouse returns a house with nobody in it.
func NewHouse() *House { return newHouse(ringSize) }

func newHouse(ring int) *House {
	return &House{
		commands:  commands(),
		users:     map[*User]bool{},
		follows:   map[*User]bool{},
		online:    map[string]*presence{},
		looks:     map[string]*presence{},
		people:    map[string]*presence{},
		addresses: map[string]*presence{},
		rooms:     map[string]*Room{},
		wishing:   map[*presence]bool{},
		heard:     map[string]*heard{},
		reserved:  map[string]reservation{},
		ring:      ring,
		closing:   make(chan struct{}),
		readings:  newReadings(),
		written:   newWritten(),
		ledger:    ledger{left: map[Departure]uint64{}},
	}
}

// lobbyLocked returns the lobby, and makes it at the first time.
func (h *House) lobbyLocked() *Room {
	r := h.rooms[Lobby]
	if r == nil {
		r = newRoom(Lobby, h.ring, ringBytes, h.Memory, 1)
		r.identity, _ = checkName(Lobby)
		r.happened, r.renderings = &h.happened, &h.renderings
		h.rooms[Lobby] = r
		h.attachLocked(r)
	}
	return r
}

// Close tells everybody that the server is stopping and lets them out; nobody
// gets in any more. Each writer still delivers what its user has not read.
// Calling it again does nothing.
func (h *House) Close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.closing)
	}
	users := slices.Collect(maps.Keys(h.users))
	h.mu.Unlock()
	for _, u := range users {
		u.Leave(Stopping)
	}
}

// everybodyLocked returns the sessions in this house, those included that visit, and
// in the others.
func (h *House) everybodyLocked() []*User {
	all := slices.Collect(maps.Keys(h.users))
	for _, n := range h.neighbours {
		all = slices.AppendSeq(all, maps.Values(n.people))
	}
	return all
}

// who returns those who are in a room, in the order of arrival.
func (h *House) who(r *Room) []*Who {
	h.mu.Lock()
	people := h.membersLocked(r)
	h.mu.Unlock()
	online := make([]*Who, len(people))
	for i, p := range people {
		online[i] = p.listed()
	}
	slices.SortFunc(online, func(a, b *Who) int { return cmp.Compare(a.ID, b.ID) })
	return online
}

// membersLocked returns those who are in a room.
func (h *House) membersLocked(r *Room) []*presence {
	members := make([]*presence, 0, h.peopleLocked(r))
	if r != h.lobbyLocked() {
		return slices.AppendSeq(members, maps.Keys(r.members))
	}
	return slices.AppendSeq(members, maps.Values(h.online))
}

// peopleLocked returns how many are in a room.
func (h *House) peopleLocked(r *Room) int {
	if r != h.lobbyLocked() {
		return len(r.members)
	}
	return len(h.online)
}

// find returns who is here under a name, or nil.
func (h *House) find(name string) *presence {
	key := NameKey(name)
	if key == "" {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.online[key]
}

// find is that of the house, for u: who has no name but its address, is among
// those who have none either, known by it.
func (u *User) find(name string) *presence {
	if p := u.house.find(name); p != nil || !u.sees() {
		return p
	}
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	return u.house.addresses[name]
}

// calls returns what u knows somebody by: where both have no name, by the address.
func (u *User) calls(who *Who) string {
	if who.Unnamed && u.sees() {
		return who.Address
	}
	return who.Name
}

// sees reports whether u's door shows addresses.
func (u *User) sees() bool { return u.visitor.Unnamed }

// Online returns how many users are in the house; those who visit count too.
func (h *House) Online() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.users)
}
