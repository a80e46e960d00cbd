package room

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// A watch tells a session that something was said in a room that it is in and does
// not look at.
type watch struct {
	reader         // of which only the sleeping is used
	seen    uint64 // how many lines had been said when it looked away
	counted uint64 // how many had been, when the writer was last told; the writer's
}

// Unread is how much was said in a room that one is in and does not look at.
type Unread struct {
	Room  string
	Lines int
}

// Here returns the name of the room that u looks at, as people see it.
func (u *User) Here() string { return u.here().name }

// Outside returns the rooms that u is in and does not look at, where something was
// said since. Any goroutine may call it; the writer is woken when it changes.
func (u *User) Outside() (unread []Unread) {
	list := u.outside.Load()
	if list == nil {
		return nil
	}
	for _, w := range *list {
		if n := w.room.said.Load() - w.seen; n > 0 {
			unread = append(unread, Unread{w.room.name, int(min(n, 9999))})
		}
	}
	return unread
}

// watchOutside has the writer woken when something is said outside.
func (u *User) watchOutside() {
	list := u.outside.Load()
	if list == nil {
		return
	}
	for _, w := range *list {
		w.cursor.Store(w.room.head.Load())
		w.enlist() // what is said from here on is counted again
	}
}

// countOutside reports whether more was said outside than the writer knows of, which
// knows it from then on.
func (u *User) countOutside() (more bool) {
	list := u.outside.Load()
	if list == nil {
		return false
	}
	for _, w := range *list {
		if said := w.room.said.Load(); said != w.counted {
			w.counted, more = said, true
		}
	}
	return more
}

// lookLocked has u look at a room that it is in, and watch the others.
func (u *User) lookLocked(r *Room) {
	from, missed := u.here(), u.missedLocked(r)
	u.sitLocked(r, func(next uint64) *Event { return u.arrivalLocked(r, missed, next) })
	var list []*watch
	if old := u.outside.Load(); old != nil {
		list = slices.DeleteFunc(slices.Clone(*old), func(w *watch) bool { return w.room == r })
	}
	if from != r && (from == u.house.lobbyLocked() || from.members[u.presence]) {
		list = append(list, u.newWatch(from))
	}
	u.outside.Store(&list)
}

func (u *User) newWatch(r *Room) *watch {
	said := r.said.Load()
	w := &watch{seen: said, counted: said}
	w.reader = reader{room: r, onWake: u.Nudge}
	return w
}

// unwatchLocked has u watch a room no more.
func (u *User) unwatchLocked(r *Room) {
	if old := u.outside.Load(); old != nil {
		list := slices.DeleteFunc(slices.Clone(*old), func(w *watch) bool { return w.room == r })
		u.outside.Store(&list)
	}
}

// join does /join: it goes to a room, and makes it if there is none.
func (u *User) join(name string) (*Event, error) {
	name = roomName(name)
	id, err := checkName(name)
	switch {
	case err != nil:
		return nil, err
	case strings.HasPrefix(name, "#"):
		return nil, refuse(NameNotAllowed)
	}
	return nil, u.goTo(func() (*Room, error) {
		r, err := u.roomLocked(name, id)
		if err == nil && r == u.here() {
			err = refuse(AlreadyThere, r.name)
		}
		return r, err
	})
}

// Begin has u, who has just come in or visits, go to a room that its client asks for, if
// there is one; the notice says where there is none. It makes none, since clients ask for
// what they like: Git for Windows names a domain. The error is a [Refusal] of who may not
// enter that room, and stays where it is, or the [Reason] of who has left.
func (u *User) Begin(room string) (told *Event, err error) {
	h, where := u.house, wishRoom(room)
	if where == nil {
		return nil, nil
	}
	if u.visiting {
		h.mu.Lock()
		err = u.lookIntoLocked(where)
		h.mu.Unlock()
	} else {
		err = u.goTo(func() (*Room, error) { return u.existingLocked(where) })
	}
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Phrase == NoSuchRoom {
		return notice(NoRoomToBegin, refusal.Args...), nil
	}
	return nil, err
}

// existingLocked returns a room that there is, if u may enter it.
func (u *User) existingLocked(where *wish) (*Room, error) {
	u.house.sweepRoomsLocked()
	r := u.house.rooms[where.identity.key]
	if where.err != nil || r == nil {
		return nil, refuse(NoSuchRoom, Clean(where.name))
	}
	return r, u.mayEnterRoomLocked(r)
}

// goTo has u go to the room that find returns, which it calls with the house locked.
func (u *User) goTo(find func() (*Room, error)) error {
	h := u.house
	h.mu.Lock()
	defer h.wakeForMove()
	defer h.mu.Unlock()
	if u.departed.Load() {
		return u.reason
	}
	r, err := find()
	if err != nil || r == u.here() {
		return err
	}
	if r != h.lobbyLocked() && !r.members[u.presence] {
		if len(u.presence.rooms) >= mostPlaces {
			return refuse(TooManyPlaces, mostPlaces)
		}
		h.enterRoomLocked(u.presence, r)
	}
	u.lookLocked(r)
	return nil
}

// roomLocked returns the room that u means, which it may enter, and makes it where
// there is none.
func (u *User) roomLocked(name string, id identity) (*Room, error) {
	h := u.house
	h.sweepRoomsLocked()
	if r := h.rooms[id.key]; r != nil {
		return r, u.mayEnterRoomLocked(r)
	}
	for _, r := range h.rooms {
		if r.identity.looksLike(id) {
			return nil, refuse(RoomLooksAlike, name, r.name)
		}
	}
	if err := u.mayFoundLocked(name); err != nil {
		return nil, err
	}
	if err := u.maySpeakLocked(); err != nil { // all read the name in /rooms
		return nil, err
	}
	r := h.foundLocked(name, id, u.Key, h.foundingTimeLocked())
	r.from = Network(u.visitor.Remote)
	h.writeRoomLocked(r)
	return r, nil
}

// mayFoundLocked returns why u may not found a room, or nil. How many were founded from a
// network each house counts for itself, of those that it has seen founded.
func (u *User) mayFoundLocked(name string) error {
	h := u.house
	own, near := 0, 0
	for _, r := range h.rooms {
		if r.owner == u.Key {
			own++
		}
		if r.from.IsValid() && r.from == Network(u.visitor.Remote) {
			near++
		}
	}
	most := mostFounded
	if h.isNewcomerLocked(u.Key) {
		most = mostNewFounded
	}
	switch taken := len(h.rooms) - 1; {
	case u.Key == "":
		return refuse(FoundNeedsKey, name)
	case taken >= MostRooms:
		return refuse(TooManyRooms, MostRooms)
	case own >= most:
		if most < mostFounded {
			return refuse(NewFounded, own)
		}
		return refuse(TooManyFounded, own)
	case h.isFullLocked(u.Key, taken, MostRooms):
		return refuse(NewKeysFull)
	case near >= mostFromOne && h.Limits.SourceLines > 0 && !h.isOperatorLocked(u.Key):
		return refuse(RoomsFromHere, near)
	}
	return nil
}

// missedLocked returns how many lines were said in a room since u looked away.
func (u *User) missedLocked(r *Room) int {
	if list := u.outside.Load(); list != nil {
		for _, w := range *list {
			if w.room == r {
				return int(r.said.Load() - w.seen)
			}
		}
	}
	return 0
}

// shownOnEntering is how much of the talk is shown to who comes into a room; who was
// there before sees what was missed, up to a page.
const shownOnEntering = 10

// arrivalLocked returns what u is shown as it comes into a room: what was there
// before the next event.
func (u *User) arrivalLocked(r *Room, missed int, next uint64) *Event {
	past := u.latest(r, next, max(shownOnEntering, min(missed, pageLines)))
	return &Event{
		Time: time.Now(), Kind: Entered, Room: r.name, Text: u.house.topicLocked(r), Unread: min(missed, len(past)),
		Args: []any{u.house.peopleLocked(r)}, Past: past,
	}
}

// latest returns at most so many of the last lines that were said in a room before
// an event, without those that u does not want to read. A bot reads none.
func (u *User) latest(r *Room, next uint64, most int) (past []*Event) {
	if u.Who().Bot {
		return nil
	}
	bytes := 0
	for _, e := range slices.Backward(r.remembered()) {
		if len(past) == most || bytes >= pageBytes {
			break
		}
		if e.Seq < next && !u.ignores(e) {
			past = append(past, e)
			bytes += e.size()
		}
	}
	slices.Reverse(past)
	return past
}

// part does /part: it leaves the room for the lobby. While another session of the same
// person looks at the room, as a pipe may, the person stays in it.
func (u *User) part() (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.wakeForMove()
	defer h.mu.Unlock()
	r, lobby := u.here(), h.lobbyLocked()
	switch {
	case u.departed.Load():
		return nil, u.reason
	case r == lobby:
		return nil, refuse(LobbyIsForAll)
	}
	u.lookLocked(lobby)
	u.unwatchLocked(r)
	if !slices.ContainsFunc(u.presence.sessions, func(other *User) bool { return other.here() == r }) {
		h.leaveRoomLocked(u.presence, r, Quit)
	}
	return nil, nil
}

// enterRoomLocked makes somebody one of those in a room, who are told.
func (h *House) enterRoomLocked(p *presence, r *Room) {
	r.members[p] = true
	p.rooms = append(p.rooms, r)
	r.announce(&Event{Time: time.Now(), Kind: Joined, Who: p.who.Load(), From: p.from()})
	h.allChangedLocked(p)
	h.moved = append(h.moved, r)
}

// leaveRoomLocked takes somebody out of a room.
func (h *House) leaveRoomLocked(p *presence, r *Room, reason Reason) {
	delete(r.members, p)
	p.rooms = slices.DeleteFunc(p.rooms, func(other *Room) bool { return other == r })
	if len(r.members) == 0 {
		r.emptySince = time.Now()
	}
	r.announce(&Event{Time: time.Now(), Kind: Left, Who: p.who.Load(), Reason: reason, From: p.from()})
	h.allChangedLocked(p)
	h.moved = append(h.moved, r)
}

// tellRoomsLocked has everybody read an event about somebody who is in the same
// room. The caller wakes them, with wakeForMove, once it has let go of the lock.
func (h *House) tellRoomsLocked(p *presence, e *Event) {
	from := cmp.Or(e.From, p.from())
	for _, r := range append([]*Room{h.lobbyLocked()}, p.rooms...) {
		told := &Event{Time: e.Time, Kind: e.Kind, Who: e.Who, Old: e.Old, Was: e.Was, Reason: e.Reason, From: from}
		r.announce(told)
		h.moved = append(h.moved, r)
	}
}

// wakeForMove wakes those who are to read what tellRoomsLocked told.
func (h *House) wakeForMove() {
	h.mu.Lock()
	moved := h.moved
	h.moved = nil
	h.mu.Unlock()
	for _, r := range moved {
		r.wakeForMove()
	}
}

// listRooms does /rooms: those that are open to u, and those that it is in.
func (u *User) listRooms() (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sweepRoomsLocked()
	e := &Event{Time: time.Now(), Kind: Answered}
	for _, r := range h.sortedRoomsLocked() {
		if u.mayEnterRoomLocked(r) != nil {
			continue
		}
		e.Lines = append(e.Lines, h.describeLocked(r))
		e.Rooms = append(e.Rooms, RoomInfo{Name: r.name, Private: r.private, People: h.peopleLocked(r), Topic: h.topicLocked(r)})
	}
	return e, nil
}

// A RoomInfo is what there is to know of a room.
type RoomInfo struct {
	Name    string
	Private bool
	People  int // how many are there
	Topic   string
}

func (h *House) describeLocked(r *Room) Sentence {
	topic := h.topicLocked(r)
	args := []any{r.name, h.peopleLocked(r)}
	switch {
	case topic == "" && r.private:
		return Sentence{PrivateRoomLine, args}
	case topic == "":
		return Sentence{RoomLine, args}
	case r.private:
		return Sentence{PrivateTopic, append(args, topic)}
	}
	return Sentence{RoomTopicLine, append(args, topic)}
}

// sortedRoomsLocked returns all rooms, the lobby first.
func (h *House) sortedRoomsLocked() []*Room {
	lobby := h.lobbyLocked()
	var rooms []*Room
	for _, r := range h.rooms {
		if r != lobby {
			rooms = append(rooms, r)
		}
	}
	slices.SortFunc(rooms, func(a, b *Room) int { return cmp.Compare(a.identity.key, b.identity.key) })
	return append([]*Room{lobby}, rooms...)
}

// setRoom does /room private and /room public. Who is in a private room that opens is told:
// others are going to read what is said there, and what was.
func (u *User) setRoom(what string, sure bool) (*Event, error) {
	if what != "private" && what != "public" {
		return nil, refuse(Usage, "/room private|public")
	}
	h := u.house
	h.mu.Lock()
	r := u.here()
	opens := r.private && what == "public"
	err := u.maySetRoomLocked(r, opens, sure)
	if err == nil {
		h.setPrivateLocked(r, what == "private")
	}
	h.mu.Unlock()
	h.wakeForMove()
	switch {
	case err != nil:
		return nil, err
	case opens:
		r.announce(&Event{Time: time.Now(), Kind: Announced, Who: &Who{}, Phrase: RoomPublic, Args: []any{r.name}})
		r.wake()
		return nil, nil
	case what == "public":
		return notice(RoomPublic, r.name), nil
	}
	return notice(RoomPrivate, r.name), nil
}

// maySetRoomLocked returns why u may not have a room private or open, or nil.
func (u *User) maySetRoomLocked(r *Room, opens, sure bool) error {
	switch {
	case r == u.house.lobbyLocked():
		return refuse(LobbyIsForAll)
	case !u.keepsLocked(r):
		return refuse(NotYourRoom, r.name)
	case opens && !sure:
		return refuse(OpenAsk, r.name)
	}
	return nil
}

func (h *House) setPrivateLocked(r *Room, private bool) {
	r.private = private
	for p := range r.members { // who is in may come again
		if who := p.who.Load(); r.private && who.Key != "" && len(r.invited) < mostInvited {
			r.invited[who.Key] = who.Name
		}
	}
	h.writeRoomLocked(r)
	h.showOutLocked(r)
}
