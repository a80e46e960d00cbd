package room

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"teahouse/internal/eventlog"
	"teahouse/internal/names"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// RoomName returns the name of the room that s looks at, as people see it.
func (s *Session) RoomName() string { return s.Room().Name }

// show makes s look at a room that it has joined, and watch the others.
func (rs *Rooms) show(s *Session, r *Room) {
	from, missed := s.Room(), s.inbox.UnreadIn(r.Log)
	s.inbox.Open(r.Log, func(next uint64) Item { return rs.newRoomEntered(s, r, missed, next) })
	s.room.Store(r)
	s.inbox.Unwatch(r.Log)
	if from != r && (from == rs.Lobby() || from.Members[s.User]) {
		s.inbox.Watch(from.Log, from.Name)
	}
	s.inbox.RequestRefresh() // the prompt shows all of that
}

// StartIn takes s, which has just entered or is a one-shot session, to the room that its client
// asked for; the notice says if there is no such room. It never creates one, since clients ask for
// all sorts of things: Git for Windows sends a domain name. The error is a [*reply.Refusal] if s
// may not enter that room, in which case s stays where it is, or the [Reason] why s has left.
func (s *Session) StartIn(room string) (told *Notice, err error) {
	h, where := s.hub, ParseRoomName(room)
	if where == nil {
		return nil, nil
	}
	if s.OneShot {
		st := h.Lock()
		err = st.setExecRoom(s, where)
		st.Unlock()
	} else {
		err = switchTo(s, func(st *State) (*Room, error) { return st.Rooms.existing(s, where) })
	}
	var refusal *reply.Refusal
	if errors.As(err, &refusal) && refusal.Code == reply.NoSuchRoom {
		return NewNotice(reply.NoSuchStartRoom, refusal.Args...), nil
	}
	return nil, err
}

// existing returns an existing room, if s may enter it.
func (rs *Rooms) existing(s *Session, where *RequestedName) (*Room, error) {
	rs.Sweep()
	r := rs.ByID[where.Identity.Key.Room()]
	if where.Err != nil || r == nil {
		return nil, reply.Refuse(reply.NoSuchRoom, text.Clean(where.Name))
	}
	return r, rs.MayEnter(s, r)
}

// switchTo takes s to the room that find returns. It calls find with Hub.mu held.
func switchTo(s *Session, find func(*State) (*Room, error)) error {
	st := s.hub.Lock()
	defer st.Unlock()
	if s.inbox.IsClosed() {
		return s.reason
	}
	r, err := find(st)
	if err != nil || r == s.Room() {
		return err
	}
	if r != st.Rooms.Lobby() && !r.Members[s.User] {
		if len(s.User.Rooms) >= MaxJoinedRooms {
			return reply.Refuse(reply.TooManyJoined, MaxJoinedRooms)
		}
		st.Rooms.addMember(s.User, r)
	}
	st.Rooms.show(s, r)
	return nil
}

// findOrCreate returns the room with a name, if s may enter it. If there is none, it
// creates it.
func (rs *Rooms) findOrCreate(s *Session, name string, id names.Identity) (*Room, error) {
	rs.Sweep()
	if r := rs.ByID[id.Key.Room()]; r != nil {
		return r, rs.MayEnter(s, r)
	}
	for _, r := range rs.ByID {
		if r.Identity.LooksLike(id) {
			return nil, reply.Refuse(reply.RoomLooksAlike, name, r.Name)
		}
	}
	if err := rs.mayCreate(s, name); err != nil {
		return nil, err
	}
	if err := rs.st.Access.MaySpeak(s); err != nil { // everybody reads the name in /rooms
		return nil, err
	}
	r := rs.Create(name, id, s.Person, rs.creationTime())
	r.createdFrom = netaddr.Network(s.Client.Remote)
	rs.save(r)
	return r, nil
}

// mayCreate returns why s may not create a room, or nil. Rooms created from one network
// are counted at each node separately, as far as it has seen them created.
func (rs *Rooms) mayCreate(s *Session, name string) error {
	own, near := 0, 0
	for _, r := range rs.ByID {
		if r.Owner == s.Person {
			own++
		}
		if r.createdFrom.IsValid() && r.createdFrom == netaddr.Network(s.Client.Remote) {
			near++
		}
	}
	most := MaxRoomsPerOwner
	if rs.st.People.IsNewcomer(s.Person) {
		most = maxRoomsPerNewcomer
	}
	switch taken := len(rs.ByID) - 1; {
	case s.Person == "":
		return reply.Refuse(reply.CreateNeedsKey, name)
	case taken >= MaxRooms:
		return reply.Refuse(reply.TooManyRooms, MaxRooms)
	case own >= most:
		if most < MaxRoomsPerOwner {
			return reply.Refuse(reply.TooManyCreatedFirstDay, own)
		}
		return reply.Refuse(reply.TooManyCreated, own)
	case rs.st.People.IsFullFor(s.Person, taken, MaxRooms):
		return reply.Refuse(reply.NewcomersFull)
	case near >= maxRoomsPerNetwork && rs.st.Policy.Limits.AddressLines > 0 && !rs.st.Moderation.IsOperator(s.Person):
		return reply.Refuse(reply.TooManyRoomsFromAddress, near)
	}
	return nil
}

// LinesOnEntering is how many of the latest lines a session sees when it enters a room. A person
// who was there before sees what they missed, up to a page.
const LinesOnEntering = 10

// A RoomEntered describes the room that a session now looks at.
type RoomEntered struct {
	PlainReply
	Room     string
	Topic    string
	Members  int      // how many people are in the room
	Messages []*Event // the latest of what was said
	Unread   int      // how many of Messages, at the end, are new
}

func (r *RoomEntered) Cost() (items int, messages []*Event) { return 0, r.Messages }

// newRoomEntered returns what s is shown on entering a room: what was there before the event
// with the sequence number next.
func (rs *Rooms) newRoomEntered(s *Session, r *Room, missed int, next uint64) *RoomEntered {
	past := latestLines(s, r, next, max(LinesOnEntering, min(missed, eventlog.PageLines)))
	return &RoomEntered{
		Room: r.Name, Topic: rs.Topic(r), Members: rs.MemberCount(r),
		Messages: past, Unread: min(missed, len(past)),
	}
}

// latestLines returns up to most of the last lines that were said in a room before the event with
// the sequence number next, except those that s does not want to read. A bot gets none.
func latestLines(s *Session, r *Room, next uint64, most int) []*Event {
	if s.UserInfo().Bot {
		return nil
	}
	return eventlog.LatestPage(r.PastLines(), most, func(e *Event) bool { return e.Seq < next && !s.Ignores(e) })
}

// addMember makes u a member of a room and tells the room.
func (rs *Rooms) addMember(u *User, r *Room) {
	r.Members[u] = true
	u.Rooms = append(u.Rooms, r)
	r.Append(&Event{Time: time.Now(), Kind: Joined, User: u.Info(), Peer: u.peerName()})
	rs.st.userChanged(u)
	rs.joinLeave = append(rs.joinLeave, r)
}

// removeMember removes u from the members of a room and tells the room.
func (rs *Rooms) removeMember(u *User, r *Room, reason Reason) {
	delete(r.Members, u)
	u.Rooms = slices.DeleteFunc(u.Rooms, func(other *Room) bool { return other == r })
	if len(r.Members) == 0 {
		r.emptySince = time.Now()
	}
	r.Append(&Event{Time: time.Now(), Kind: Left, User: u.Info(), Reason: reason, Peer: u.peerName()})
	rs.st.userChanged(u)
	rs.joinLeave = append(rs.joinLeave, r)
}

// announce announces an event about u in all rooms where u is.
func (rs *Rooms) announce(u *User, e *Event) {
	from := cmp.Or(e.Peer, u.peerName())
	for _, r := range append([]*Room{rs.Lobby()}, u.Rooms...) {
		told := &Event{Time: e.Time, Kind: e.Kind, User: e.User, OldName: e.OldName, OldUser: e.OldUser, Reason: e.Reason, Peer: from}
		r.Append(told)
		rs.joinLeave = append(rs.joinLeave, r)
	}
}

// Sorted returns all rooms, the lobby first.
func (rs *Rooms) Sorted() []*Room {
	lobby := rs.Lobby()
	var rooms []*Room
	for _, r := range rs.ByID {
		if r != lobby {
			rooms = append(rooms, r)
		}
	}
	slices.SortFunc(rooms, func(a, b *Room) int { return cmp.Compare(a.Identity.Key, b.Identity.Key) })
	return append([]*Room{lobby}, rooms...)
}

// SetPrivate makes a room private, so that only its members and invited people may enter, or public,
// and stores that. Followers who may not be there any more have to leave.
func (rs *Rooms) SetPrivate(r *Room, private bool) {
	r.Private = private
	for u := range r.Members { // the members may come again
		if who := u.Info(); r.Private && who.Person != "" && len(r.Invited) < MaxInvited {
			r.Invited[who.Person] = who.Name
		}
	}
	rs.save(r)
	rs.evictFollowers(r)
}

// Part makes s leave its room for the lobby. The person stays a member as long as another of their
// sessions, such as a pipe, looks at the room. Errors are as for [Session.Join]. Only the reader
// goroutine may call it.
func (s *Session) Part() error {
	st := s.hub.Lock()
	defer st.Unlock()
	r, lobby := s.Room(), st.Rooms.Lobby()
	switch {
	case s.inbox.IsClosed():
		return s.reason
	case r == lobby:
		return reply.Refuse(reply.LobbyIsForEveryone)
	}
	st.Rooms.show(s, lobby)
	s.inbox.Unwatch(r.Log)
	if !slices.ContainsFunc(s.User.Sessions, func(other *Session) bool { return other.Room() == r }) {
		st.Rooms.removeMember(s.User, r, Quit)
	}
	return nil
}

// Join takes s to a room, which is created if it does not exist. The error is a [*reply.Refusal] or
// the [Reason] why s has left. Only the reader goroutine may call it.
func (s *Session) Join(name string) error {
	name = names.TrimHash(name)
	id, err := names.Check(name)
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(name, "#"):
		return reply.Refuse(reply.NameNotAllowed)
	}
	return switchTo(s, func(st *State) (*Room, error) {
		r, err := st.Rooms.findOrCreate(s, name, id)
		if err == nil && r == s.Room() {
			err = reply.Refuse(reply.AlreadyThere, r.Name)
		}
		return r, err
	})
}
