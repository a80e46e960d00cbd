package room

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/text/secure/precis"
)

// ErrClosed is returned by [House.Enter] and [House.Visit] once the house is
// closed.
var ErrClosed = errors.New("room: the house is closed")

// Lobby is the name of the room where everybody begins.
const Lobby = "lobby"

// A House is what all rooms share: who is online under which name, and the
// rooms themselves. Its methods may be called from any goroutine.
type House struct {
	// Archive is what outlasts the process. Nil keeps nothing. Archive and
	// Memory must not change once anybody is here.
	Archive Archive
	// Memory says how much of what is said the rooms remember.
	Memory Memory

	commands []*Command // immutable

	mu     sync.Mutex
	users  map[*User]bool   // everybody, those included who visit
	online map[string]*User // by the key of the name; see nameKey
	rooms  map[string]*Room
	ring   int // how many events a room keeps
	lastID uint64
	closed bool
}

// NewHouse returns a house with nobody in it.
func NewHouse() *House { return newHouse(ringSize) }

func newHouse(ring int) *House {
	return &House{
		commands: commands(),
		users:    map[*User]bool{},
		online:   map[string]*User{},
		rooms:    map[string]*Room{},
		ring:     ring,
	}
}

// A Visitor is what a door knows of somebody who knocks.
type Visitor struct {
	Name    string        // the name wished for
	Address string        // shown at the classic doors; the one address that may also be the name
	Key     string        // the fingerprint of a proven public key, or ""
	Idle    time.Duration // how long one may be idle; 0 means for ever
	Warn    time.Duration // how long before that a warning comes; none does unless it is less than Idle
	Deaf    bool          // cannot be shown private messages

	// Wake is called when there may be something for Take, by whoever brought
	// it about: it must not wait. It serves doors that have one goroutine write
	// for many users; if it is nil, Wait is what wakes up.
	Wake func()
}

// Enter brings somebody into the lobby and tells the room. The name is the one
// wished for or, where that is taken or not allowed, the next free one: then a
// notice in the mailbox says so. The caller must see to it that [User.Leave] is
// called in the end.
func (h *House) Enter(v Visitor) (*User, error) { return h.enter(v, Lobby) }

func (h *House) enter(v Visitor, room string) (*User, error) {
	h.mu.Lock()
	u, notice, err := h.admitLocked(v, room)
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	joined := &Event{Time: u.Since, Kind: Joined, Who: u.Who()}
	u.room.append(joined, u)
	u.cursor, u.joined = joined.Seq, joined.Seq // the first event that u reads is its own joining
	h.mu.Unlock()
	u.room.wakeForMove()
	if notice != nil {
		u.post(notice)
	}
	u.idle.start(u, v.Idle, v.Warn)
	return u, nil
}

// Visit lets somebody do one thing, such as a command, without coming in: the
// room is not told, and the visitor is not listed. It speaks under the name
// that Enter would have given; who holds that name by the same proven key is
// the same person, and they share it. The notice, if there is one, says why it
// got another. A visitor has no use for [User.Wait]. The caller must see to it
// that [User.Leave] is called in the end.
func (h *House) Visit(v Visitor) (u *User, notice *Event, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if present := h.presentLocked(v); present != nil {
		u = h.newUserLocked(v, Lobby)
		u.who.Store(present.Who())
	} else if u, notice, err = h.admitLocked(v, Lobby); err != nil {
		return nil, nil, err
	}
	u.visiting = true
	return u, notice, nil
}

// presentLocked returns the user who is v: of the same name and the same key.
func (h *House) presentLocked(v Visitor) *User {
	key, err := nameKey(v.Name, v.Address)
	if err != nil || v.Key == "" || h.closed {
		return nil
	}
	u := h.online[key]
	if u == nil || u.Key != v.Key {
		return nil
	}
	return u
}

// admitLocked makes a user of v and enters it in the online map. The notice,
// if there is one, tells it why it is not called what it wished.
func (h *House) admitLocked(v Visitor, room string) (u *User, notice *Event, err error) {
	if h.closed {
		return nil, nil, ErrClosed
	}
	u = h.newUserLocked(v, room)
	name, key, phrase := h.freeNameLocked(v.Name, v.Address)
	h.online[key] = u
	u.nameKey = key
	u.who.Store(&Who{ID: u.id, Name: name, Address: v.Address, Key: v.Key})
	switch phrase {
	case GivenTaken:
		notice = &Event{Time: u.Since, Kind: Noticed, Phrase: phrase, Args: []any{v.Name, name}}
	case GivenNotAllowed:
		notice = &Event{Time: u.Since, Kind: Noticed, Phrase: phrase, Args: []any{name}}
	}
	return u, notice, nil
}

func (h *House) newUserLocked(v Visitor, room string) *User {
	h.lastID++
	u := &User{
		Key:     v.Key,
		Since:   time.Now(),
		id:      h.lastID,
		address: v.Address,
		house:   h,
		reader:  reader{room: h.roomLocked(room), onWake: v.Wake, wake: make(chan struct{}, 1)},
		deaf:    v.Deaf,
		mailbox: mailbox{space: make(chan struct{}, 1)},
	}
	h.users[u] = true
	u.room.readers.Add(1)
	return u
}

// roomLocked returns the room of that name, and makes it at the first time.
func (h *House) roomLocked(name string) *Room {
	r := h.rooms[name]
	if r == nil {
		r = newRoom(h.ring, h.Memory)
		h.rooms[name] = r
	}
	return r
}

// freeNameLocked returns the first free name for somebody who wishes for one,
// its key, and the phrase that says why it is another than wished, or "".
func (h *House) freeNameLocked(wish, own string) (name, key string, why Phrase) {
	key, err := nameKey(wish, own)
	switch {
	case err != nil:
		wish, key, why = fallbackName, fallbackName, GivenNotAllowed
	case h.online[key] != nil:
		why = GivenTaken
	}
	if h.online[key] == nil {
		return wish, key, why
	}
	if name, key = h.nextNameLocked(wish); name == "" {
		name, key = h.nextNameLocked(fallbackName)
	}
	return name, key, why
}

// nextNameLocked returns the first free name among name-2, name-3 and so on,
// with its key. It returns "" where a name that had to be cut to make room for
// the number is no name any more.
func (h *House) nextNameLocked(name string) (next, key string) {
	var base, baseKey string
	digits := 0
	for n := 2; ; n++ {
		suffix := "-" + strconv.Itoa(n)
		if len(suffix) != digits {
			digits = len(suffix)
			base = shorten(name, MaxName-digits)
			baseKey, _ = precis.Nickname.CompareKey(base)
		}
		if h.online[baseKey+suffix] != nil {
			continue
		}
		key, err := precis.Nickname.CompareKey(base + suffix)
		switch {
		case err != nil:
			return "", ""
		case h.online[key] == nil:
			return base + suffix, key
		}
	}
}

// Close tells everybody that the server is stopping and lets them out; nobody
// gets in any more. Each writer still delivers what its user has not read.
// Calling it again does nothing.
func (h *House) Close() {
	h.mu.Lock()
	h.closed = true
	users := slices.Collect(maps.Keys(h.users))
	h.mu.Unlock()
	for _, u := range users {
		u.Leave(Stopping)
	}
}

// who returns those who are in a room, in the order of arrival.
func (h *House) who(r *Room) []*Who {
	h.mu.Lock()
	var online []*Who
	for u := range h.users {
		if u.room == r && !u.visiting {
			online = append(online, u.Who())
		}
	}
	h.mu.Unlock()
	slices.SortFunc(online, func(a, b *Who) int { return cmp.Compare(a.ID, b.ID) })
	return online
}

// find returns the user of that name, or nil where nobody is online who has it.
func (h *House) find(name string) *User {
	key := NameKey(name)
	if key == "" {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	u := h.online[key]
	if u == nil || u.visiting {
		return nil
	}
	return u
}

// Online returns how many users are in the house; those who visit count too.
func (h *House) Online() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.users)
}
