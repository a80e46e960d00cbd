package room

import (
	"cmp"
	"errors"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
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
	// Audited is called with what operators do. It must not wait. It may be nil.
	Audited func(Act)
	// Allowed reports the same of those who may enter where InviteOnly is set.
	Allowed func(fingerprint string) bool

	commands []*Command // immutable

	mu        sync.Mutex
	users     map[*User]bool       // everybody, those included who visit
	online    map[string]*presence // by the key of the name
	looks     map[string]*presence // by what the name looks like
	people    map[string]*presence // by who it is, of those with a key
	addresses map[string]*presence // of those whose name is their address
	rooms     map[string]*Room     // by the key of the name
	moved     []*Room              // those whose readers are to be woken, see wakeForMove
	followers []*Followers
	ring      int // how many events the lobby keeps
	lastID    uint64
	guests    atomic.Uint64 // how many came by a door that asks for no name
	closed    bool
	closing   chan struct{} // is closed with it

	written         // what the Book has
	ledger          // what is counted
	sources sources // what came from where
}

// NewHouse returns a house with nobody in it.
func NewHouse() *House { return newHouse(ringSize) }

func newHouse(ring int) *House {
	return &House{
		commands:  commands(),
		users:     map[*User]bool{},
		online:    map[string]*presence{},
		looks:     map[string]*presence{},
		people:    map[string]*presence{},
		addresses: map[string]*presence{},
		rooms:     map[string]*Room{},
		ring:      ring,
		closing:   make(chan struct{}),
		written:   newWritten(),
		ledger:    ledger{left: map[Departure]uint64{}},
	}
}

// A Visitor is what a door knows of somebody who knocks.
type Visitor struct {
	Name    string        // the name wished for
	Unnamed bool          // the door asks for no name: there the address stands for it
	Address string        // what the classic doors show for an address
	Remote  netip.Addr    // where it comes from; operators alone see it
	Key     string        // the fingerprint of a proven public key, or ""
	Door    string        // how it came: ssh, classic, ...
	Client  string        // the program it uses, as far as it says so
	Idle    time.Duration // how long one may be idle; 0 means for ever
	Warn    time.Duration // how long before that a warning comes; none does unless it is less than Idle
	Deaf    bool          // cannot be shown private messages
	Room    string        // where one who visits acts; "" is the lobby

	// Terminal says that somebody sits there and reads. A terminal takes over
	// from another with the same key; pipes and commands speak beside it.
	Terminal bool
	// Patient says that a program writes, which may be slowed down for as long as
	// it takes: nobody is muted for what it has to say.
	Patient bool

	// Heard returns when the client was known to be there last, beside what it
	// typed. It must not wait. It may be nil.
	Heard func() time.Time

	// Wake is called when there may be something for Take, by whoever brought
	// it about: it must not wait. It serves doors that have one goroutine write
	// for many users; if it is nil, Wait is what wakes up.
	Wake func()
}

// Enter brings somebody into the lobby and tells the room. The name is the one
// wished for or, where that is taken or not allowed, the next free one: then a
// notice in the mailbox says so. Who is here already with the same key is the
// same person: it goes by the name it has, the room is told nothing, and where
// both are at a terminal the newcomer takes over. Where more come and go from one
// address than the [Limits] allow it waits. The error is a [*Refusal] for who may
// not enter, or [ErrClosed]. The caller must see to it that [User.Leave]
// is called in the end.
func (h *House) Enter(v Visitor) (*User, error) {
	if err := h.slowDown(&v, 2); err != nil { // a coming and a going, for everybody to read
		return nil, err
	}
	w := h.wish(&v)
	h.mu.Lock()
	u, err := h.admitLocked(&v)
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	var notice *Event
	if p := h.people[u.Key]; p != nil {
		u.joinLocked(p)
	} else {
		notice = h.welcomeLocked(u, w)
	}
	h.mu.Unlock()
	h.wakeForMove()
	if notice != nil {
		u.post(notice)
	}
	u.idle.start(u, v.Idle, v.Warn)
	return u, nil
}

// welcomeLocked makes u's presence and tells the room. The notice, if there is
// one, tells u why it is not called what it wished.
func (h *House) welcomeLocked(u *User, w *wish) (notice *Event) {
	var p *presence
	p, notice = h.presenceLocked(u, w)
	h.claimLocked(p)
	h.enterLocked(p)
	u.presence = p
	p.addLocked(u)
	u.ignored.Store(h.ignores[u.Key])
	joined := &Event{Time: u.Since, Kind: Joined, Who: u.Who()}
	u.here().announce(joined)
	h.moved = append(h.moved, u.here())
	u.joined = joined.Seq
	u.first.cursor.Store(joined.Seq) // the first event that u reads is its own joining
	return notice
}

// joinLocked makes u another session of a person who is here. At a terminal it
// takes the place of the session that was at one.
func (u *User) joinLocked(p *presence) {
	old := p.terminal
	u.presence, u.beside = p, p.away
	p.addLocked(u)
	u.ignored.Store(u.house.ignores[u.Key])
	if old == nil || !u.visitor.Terminal {
		u.joined = u.first.sit(nil)
		if u.visitor.Terminal {
			u.missed = p.unreadLocked(u) // what only went to a pipe
			u.mailbox.inherit(u.missed, u.Since)
		}
		return
	}
	u.replaceLocked(old)
	u.beside, u.missed = old.alive(), old.unread()
	u.mailbox.inherit(u.missed, u.Since)
	p.removeLocked(old)
	u.house.dropLocked(old, TakenOver)
	old.idle.stop()
	old.signal()
}

// replaceLocked sits u down where another session sat, which has to get up, and has
// it watch the rooms that the other one watched.
func (u *User) replaceLocked(old *User) {
	lobby, r := u.here(), old.here()
	if r != lobby {
		lobby.readers.Add(-1)
		r.readers.Add(1)
		u.first.room = r
	}
	if list := old.outside.Load(); list != nil {
		var mine []*watch
		for _, w := range *list {
			watched := u.newWatch(w.room)
			watched.seen = w.seen
			mine = append(mine, watched)
		}
		u.outside.Store(&mine)
	}
	u.joined = u.first.sit(old)
}

// dropLocked takes u, which leaves, off the house. It reports whether that was
// still to be done.
func (h *House) dropLocked(u *User, reason Reason) bool {
	if !h.users[u] {
		return false
	}
	h.countLeftLocked(u, reason)
	delete(h.users, u)
	h.sources.leave(u.source.Load())
	return true
}

// Visit lets somebody do one thing, such as a command, without coming in: the
// room is not told, and the visitor is not listed. Who is here with the same
// proven key is the same person, and the visitor speaks as that one. Else it
// speaks under the name that is the key's, or that Enter would have given. The notice, if there is one,
// says why it got another than it wished. What it does it does in the room of
// v.Room, which it must be allowed to enter. A visitor has no use for [User.Wait]
// unless it follows. Errors are as with Enter. The caller must see to it that
// [User.Leave] is called in the end.
func (h *House) Visit(v Visitor) (u *User, notice *Event, err error) {
	if err := h.slowDown(&v, 1); err != nil {
		return nil, nil, err
	}
	w := h.wish(&v)
	h.mu.Lock()
	defer h.mu.Unlock()
	if u, err = h.admitLocked(&v); err != nil {
		return nil, nil, err
	}
	u.visiting = true
	u.ignored.Store(h.ignores[u.Key])
	if u.presence = h.people[u.Key]; u.presence == nil {
		u.presence, notice = h.presenceLocked(u, h.latestLocked(u.Key, w))
	}
	if err := u.lookIntoLocked(v.Room); err != nil {
		u.leaveLocked(Quit, "")
		return nil, nil, err
	}
	return u, notice, nil
}

// lookIntoLocked has u, who visits, act in a room without being in it.
func (u *User) lookIntoLocked(name string) error {
	if name == "" {
		return nil
	}
	h := u.house
	h.sweepRoomsLocked()
	id, err := checkName(strings.TrimPrefix(name, "#"))
	r := h.rooms[id.key]
	if err != nil || r == nil {
		return refuse(NoSuchRoom, Clean(strings.TrimPrefix(name, "#")))
	}
	if err := u.mayEnterRoomLocked(r); err != nil {
		return err
	}
	u.here().readers.Add(-1)
	r.readers.Add(1)
	u.first.room = r
	return nil
}

// admitLocked makes a user of v, if v may come in.
func (h *House) admitLocked(v *Visitor) (*User, error) {
	if h.closed {
		return nil, ErrClosed
	}
	person := h.personLocked(v.Key)
	if err := h.mayEnterLocked(v, person); err != nil {
		return nil, err
	}
	h.lastID++
	u := &User{
		Key:     person,
		Since:   time.Now(),
		id:      h.lastID,
		visitor: *v,
		house:   h,
		onWake:  v.Wake,
		wake:    make(chan struct{}, 1),
		mailbox: mailbox{space: make(chan struct{}, 1)},
	}
	u.source.Store(h.sources.enter(v.Remote, h.Limits))
	u.idle.began = u.Since
	u.settings.Store(h.settings[person])
	h.users[u] = true
	u.first.reader = reader{room: h.lobbyLocked(), onWake: u.onWake, wake: u.wake}
	u.at = &u.first
	u.last.Store(&u.first)
	u.here().readers.Add(1)
	return u, nil
}

// A wish is the name that somebody would like to have.
type wish struct {
	name     string
	identity identity
	err      error // it is no name
}

// wish returns what v would be called. It is for before the house is locked:
// comparing names takes a while.
func (h *House) wish(v *Visitor) *wish {
	w := &wish{name: v.Name}
	if v.Unnamed {
		w.name = fallbackName + "-" + strconv.FormatUint(h.guests.Add(1), 10)
	}
	if w.identity, w.err = checkName(w.name); w.err != nil {
		w.name = fallbackName
		w.identity, _ = checkName(w.name)
	}
	return w
}

// presenceLocked returns what u, who would have the name w, is to the others, who
// know nothing of it yet. The notice, if there is one, tells u why it is not
// called what it wished.
func (h *House) presenceLocked(u *User, w *wish) (p *presence, notice *Event) {
	v := &u.visitor
	name, id, why := w.name, w.identity, Phrase("")
	if why = h.takenLocked(id, u.Key); why != "" {
		name, id = h.nextNameLocked(w.name)
	}
	p = &presence{identity: id, given: why != "" || w.err != nil}
	p.pace.Store(h.paceLocked(u.Key))
	p.who.Store(&Who{ID: u.id, Name: name, Address: v.Address, Key: u.Key, Verified: h.ownsLocked(u.Key, id), Bot: h.bots[u.Key] != nil, Unnamed: v.Unnamed, folded: fold(name)})
	switch {
	case v.Unnamed:
	case w.err != nil:
		notice = &Event{Time: u.Since, Kind: Noticed, Phrase: GivenNotAllowed, Args: []any{name}}
	case why != "":
		notice = &Event{Time: u.Since, Kind: Noticed, Phrase: why, Args: []any{w.name, name}}
		h.triedLocked(w.identity, u.Key, name)
	}
	return p, notice
}

// lobbyLocked returns the lobby, and makes it at the first time.
func (h *House) lobbyLocked() *Room {
	r := h.rooms[Lobby]
	if r == nil {
		r = newRoom(Lobby, h.ring, ringBytes, h.Memory)
		r.identity, _ = checkName(Lobby)
		r.happened = &h.happened
		h.rooms[Lobby] = r
		h.attachLocked(r)
	}
	return r
}

// takenLocked returns why a person cannot have a name, or "".
func (h *House) takenLocked(id identity, person string) (why Phrase) {
	if h.heldLocked(id, nil) != nil {
		return GivenTaken
	}
	if _, other := h.claimedLocked(id, person); other != nil {
		return GivenOwned
	}
	return ""
}

// freeLocked reports whether nobody has a name, or one that looks like it.
func (h *House) freeLocked(id identity) bool {
	_, other := h.claimedLocked(id, "")
	return other == nil && h.heldLocked(id, nil) == nil
}

// mostTries is how many names are looked at closely, one after the other.
const mostTries = 20

// nextNameLocked returns the first free name among name-2, name-3 and so on. A
// name that is no name any more where it had to be cut for the number becomes a
// guest's.
func (h *House) nextNameLocked(name string) (string, identity) {
	var base, baseKey string
	digits := 0
	for n, tries := uint64(2), 0; ; n++ {
		suffix := "-" + strconv.FormatUint(n, 10)
		if len(suffix) != digits {
			digits = len(suffix)
			base = shorten(name, MaxName-digits)
			baseKey = NameKey(base)
		}
		if h.online[baseKey+suffix] != nil {
			continue // as it is most of the time in a crowd: looking closer takes longer
		}
		if tries++; tries > mostTries {
			n = rand.Uint64N(1 << 40) // it would take long to find out which is free
			tries, digits = 0, 0
			continue
		}
		id, err := checkName(base + suffix)
		switch {
		case err != nil:
			name, digits = fallbackName, 0
		case h.freeLocked(id):
			return base + suffix, id
		}
	}
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

// who returns those who are in a room, in the order of arrival.
func (h *House) who(r *Room) []*Who {
	h.mu.Lock()
	online := h.whoLocked(r)
	h.mu.Unlock()
	slices.SortFunc(online, func(a, b *Who) int { return cmp.Compare(a.ID, b.ID) })
	return online
}

func (h *House) whoLocked(r *Room) (online []*Who) {
	if r != h.lobbyLocked() {
		for p := range r.members {
			online = append(online, p.listed())
		}
		return online
	}
	for _, p := range h.online {
		online = append(online, p.listed())
	}
	return online
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

// sees reports whether u's door shows addresses.
func (u *User) sees() bool { return u.visitor.Unnamed }

// Online returns how many users are in the house; those who visit count too.
func (h *House) Online() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.users)
}
