package room

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// An unreadWatch tells a session that something was said in a room that it is in and does
// not look at.
type unreadWatch struct {
	logReader            // of which only the sleeping is used
	seenCount     uint64 // how many lines had been said when it looked away
	notifiedCount uint64 // how many had been, when the writer was last told; the writer's
}

// UnreadRoom is how much was said in a room that one is in and does not look at.
type UnreadRoom struct {
	Room  string
	Lines int
}

// RoomName returns the name of the room that s looks at, as people see it.
func (s *Session) RoomName() string { return s.room().name }

// UnreadRooms returns the rooms that s is in and does not look at, where something was
// said since. Any goroutine may call it; the writer is woken when it changes.
func (s *Session) UnreadRooms() (unread []UnreadRoom) {
	list := s.unreadWatches.Load()
	if list == nil {
		return nil
	}
	for _, w := range *list {
		if n := w.room.lineCount.Load() - w.seenCount; n > 0 {
			unread = append(unread, UnreadRoom{w.room.name, int(min(n, 9999))})
		}
	}
	return unread
}

// armUnreadWatches has the writer woken when something is said outside.
func (s *Session) armUnreadWatches() {
	list := s.unreadWatches.Load()
	if list == nil {
		return
	}
	for _, w := range *list {
		w.cursor.Store(w.room.head.Load())
		w.enlist() // what is said from here on is counted again
	}
}

// pollUnreadWatches reports whether more was said outside than the writer knows of, which
// knows it from then on.
func (s *Session) pollUnreadWatches() (more bool) {
	list := s.unreadWatches.Load()
	if list == nil {
		return false
	}
	for _, w := range *list {
		if said := w.room.lineCount.Load(); said != w.notifiedCount {
			w.notifiedCount, more = said, true
		}
	}
	return more
}

// switchRoomLocked has s look at a room that it is in, and watch the others.
func (s *Session) switchRoomLocked(r *Room) {
	from, missed := s.room(), s.unreadCountLocked(r)
	s.openViewLocked(r, func(next uint64) Reply { return s.roomEnteredLocked(r, missed, next) })
	var list []*unreadWatch
	if old := s.unreadWatches.Load(); old != nil {
		list = slices.DeleteFunc(slices.Clone(*old), func(w *unreadWatch) bool { return w.room == r })
	}
	if from != r && (from == s.hub.lobbyLocked() || from.members[s.user]) {
		list = append(list, s.newUnreadWatch(from))
	}
	s.unreadWatches.Store(&list)
}

func (s *Session) newUnreadWatch(r *Room) *unreadWatch {
	said := r.lineCount.Load()
	w := &unreadWatch{seenCount: said, notifiedCount: said}
	w.logReader = logReader{room: r, onWake: s.RequestRefresh}
	return w
}

// removeUnreadWatchLocked has s watch a room no more.
func (s *Session) removeUnreadWatchLocked(r *Room) {
	if old := s.unreadWatches.Load(); old != nil {
		list := slices.DeleteFunc(slices.Clone(*old), func(w *unreadWatch) bool { return w.room == r })
		s.unreadWatches.Store(&list)
	}
}

// join does /join: it goes to a room, and makes it if there is none.
func (s *Session) join(name string) (Reply, error) {
	name = roomName(name)
	id, err := names.Check(name)
	switch {
	case err != nil:
		return nil, err
	case strings.HasPrefix(name, "#"):
		return nil, reply.Refuse(reply.NameNotAllowed)
	}
	return nil, s.switchTo(func() (*Room, error) {
		r, err := s.findOrCreateRoomLocked(name, id)
		if err == nil && r == s.room() {
			err = reply.Refuse(reply.AlreadyThere, r.name)
		}
		return r, err
	})
}

// StartIn has s, who has just come in or visits, go to a room that its client asks for, if
// there is one; the notice says where there is none. It makes none, since clients ask for
// what they like: Git for Windows names a domain. The error is a [Refusal] of who may not
// enter that room, and stays where it is, or the [Reason] of who has left.
func (s *Session) StartIn(room string) (told *Notice, err error) {
	h, where := s.hub, parseRequestedRoom(room)
	if where == nil {
		return nil, nil
	}
	if s.oneShot {
		h.mu.Lock()
		err = s.setExecRoomLocked(where)
		h.mu.Unlock()
	} else {
		err = s.switchTo(func() (*Room, error) { return s.existingRoomLocked(where) })
	}
	var refusal *reply.Refusal
	if errors.As(err, &refusal) && refusal.Code == reply.NoSuchRoom {
		return notice(reply.NoSuchStartRoom, refusal.Args...), nil
	}
	return nil, err
}

// existingRoomLocked returns a room that there is, if s may enter it.
func (s *Session) existingRoomLocked(where *requestedName) (*Room, error) {
	s.hub.sweepRoomsLocked()
	r := s.hub.rooms[where.identity.Key]
	if where.err != nil || r == nil {
		return nil, reply.Refuse(reply.NoSuchRoom, text.Clean(where.name))
	}
	return r, s.mayEnterRoomLocked(r)
}

// switchTo has s go to the room that find returns, which it calls with the house locked.
func (s *Session) switchTo(find func() (*Room, error)) error {
	h := s.hub
	h.mu.Lock()
	defer h.wakeForJoinLeave()
	defer h.mu.Unlock()
	if s.departed.Load() {
		return s.reason
	}
	r, err := find()
	if err != nil || r == s.room() {
		return err
	}
	if r != h.lobbyLocked() && !r.members[s.user] {
		if len(s.user.rooms) >= maxJoinedRooms {
			return reply.Refuse(reply.TooManyJoined, maxJoinedRooms)
		}
		h.addMemberLocked(s.user, r)
	}
	s.switchRoomLocked(r)
	return nil
}

// findOrCreateRoomLocked returns the room that s means, which it may enter, and makes it where
// there is none.
func (s *Session) findOrCreateRoomLocked(name string, id names.Identity) (*Room, error) {
	h := s.hub
	h.sweepRoomsLocked()
	if r := h.rooms[id.Key]; r != nil {
		return r, s.mayEnterRoomLocked(r)
	}
	for _, r := range h.rooms {
		if r.identity.LooksLike(id) {
			return nil, reply.Refuse(reply.RoomLooksAlike, name, r.name)
		}
	}
	if err := s.mayCreateRoomLocked(name); err != nil {
		return nil, err
	}
	if err := s.maySpeakLocked(); err != nil { // all read the name in /rooms
		return nil, err
	}
	r := h.createRoomLocked(name, id, s.Person, h.creationTimeLocked())
	r.createdFrom = netaddr.Network(s.client.Remote)
	h.saveRoomLocked(r)
	return r, nil
}

// mayCreateRoomLocked returns why s may not found a room, or nil. How many were founded from a
// network each house counts for itself, of those that it has seen founded.
func (s *Session) mayCreateRoomLocked(name string) error {
	h := s.hub
	own, near := 0, 0
	for _, r := range h.rooms {
		if r.owner == s.Person {
			own++
		}
		if r.createdFrom.IsValid() && r.createdFrom == netaddr.Network(s.client.Remote) {
			near++
		}
	}
	most := maxRoomsPerOwner
	if h.isNewcomerLocked(s.Person) {
		most = maxRoomsPerNewcomer
	}
	switch taken := len(h.rooms) - 1; {
	case s.Person == "":
		return reply.Refuse(reply.CreateNeedsKey, name)
	case taken >= MaxRooms:
		return reply.Refuse(reply.TooManyRooms, MaxRooms)
	case own >= most:
		if most < maxRoomsPerOwner {
			return reply.Refuse(reply.TooManyCreatedFirstDay, own)
		}
		return reply.Refuse(reply.TooManyCreated, own)
	case h.isFullForLocked(s.Person, taken, MaxRooms):
		return reply.Refuse(reply.NewcomersFull)
	case near >= maxRoomsPerNetwork && h.Limits.AddressLines > 0 && !h.moderation.IsOperator(s.Person):
		return reply.Refuse(reply.TooManyRoomsFromAddress, near)
	}
	return nil
}

// unreadCountLocked returns how many lines were said in a room since s looked away.
func (s *Session) unreadCountLocked(r *Room) int {
	if list := s.unreadWatches.Load(); list != nil {
		for _, w := range *list {
			if w.room == r {
				return int(r.lineCount.Load() - w.seenCount)
			}
		}
	}
	return 0
}

// linesOnEntering is how much of the talk is shown to who comes into a room; who was
// there before sees what was missed, up to a page.
const linesOnEntering = 10

// A RoomEntered is what there is to know of the room that a session looks at now.
type RoomEntered struct {
	replied
	Room     string
	Topic    string
	Members  int      // how many are there
	Messages []*Event // the latest of what was said
	Unread   int      // how many of Messages, those at its end, are new
}

func (r *RoomEntered) size() (items int, messages []*Event) { return 0, r.Messages }

// roomEnteredLocked returns what s is shown as it comes into a room: what was there
// before the next event.
func (s *Session) roomEnteredLocked(r *Room, missed int, next uint64) *RoomEntered {
	past := s.latestLines(r, next, max(linesOnEntering, min(missed, pageLines)))
	return &RoomEntered{
		Room: r.name, Topic: s.hub.topicLocked(r), Members: s.hub.memberCountLocked(r),
		Messages: past, Unread: min(missed, len(past)),
	}
}

// latestLines returns at most so many of the last lines that were said in a room before
// an event, without those that s does not want to read. A bot reads none.
func (s *Session) latestLines(r *Room, next uint64, most int) (past []*Event) {
	if s.User().Bot {
		return nil
	}
	bytes := 0
	for _, e := range slices.Backward(r.pastLines()) {
		if len(past) == most || bytes >= pageBytes {
			break
		}
		if e.Seq < next && !s.ignores(e) {
			past = append(past, e)
			bytes += e.textSize()
		}
	}
	slices.Reverse(past)
	return past
}

// part does /part: it leaves the room for the lobby. While another session of the same
// person looks at the room, as a pipe may, the person stays in it.
func (s *Session) part() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.wakeForJoinLeave()
	defer h.mu.Unlock()
	r, lobby := s.room(), h.lobbyLocked()
	switch {
	case s.departed.Load():
		return nil, s.reason
	case r == lobby:
		return nil, reply.Refuse(reply.LobbyIsForEveryone)
	}
	s.switchRoomLocked(lobby)
	s.removeUnreadWatchLocked(r)
	if !slices.ContainsFunc(s.user.sessions, func(other *Session) bool { return other.room() == r }) {
		h.removeMemberLocked(s.user, r, Quit)
	}
	return nil, nil
}

// addMemberLocked makes somebody one of those in a room, who are told.
func (h *Hub) addMemberLocked(u *user, r *Room) {
	r.members[u] = true
	u.rooms = append(u.rooms, r)
	r.announce(&Event{Time: time.Now(), Kind: Joined, User: u.info.Load(), Peer: u.peerName()})
	h.userChangedLocked(u)
	h.joinLeaveRooms = append(h.joinLeaveRooms, r)
}

// removeMemberLocked takes somebody out of a room.
func (h *Hub) removeMemberLocked(u *user, r *Room, reason Reason) {
	delete(r.members, u)
	u.rooms = slices.DeleteFunc(u.rooms, func(other *Room) bool { return other == r })
	if len(r.members) == 0 {
		r.emptySince = time.Now()
	}
	r.announce(&Event{Time: time.Now(), Kind: Left, User: u.info.Load(), Reason: reason, Peer: u.peerName()})
	h.userChangedLocked(u)
	h.joinLeaveRooms = append(h.joinLeaveRooms, r)
}

// announceToRoomsLocked has everybody read an event about somebody who is in the same
// room. The caller wakes them, with wakeForJoinLeave, once it has let go of the lock.
func (h *Hub) announceToRoomsLocked(u *user, e *Event) {
	from := cmp.Or(e.Peer, u.peerName())
	for _, r := range append([]*Room{h.lobbyLocked()}, u.rooms...) {
		told := &Event{Time: e.Time, Kind: e.Kind, User: e.User, OldName: e.OldName, OldUser: e.OldUser, Reason: e.Reason, Peer: from}
		r.announce(told)
		h.joinLeaveRooms = append(h.joinLeaveRooms, r)
	}
}

// wakeForJoinLeave wakes those who are to read what announceToRoomsLocked told.
func (h *Hub) wakeForJoinLeave() {
	h.mu.Lock()
	moved := h.joinLeaveRooms
	h.joinLeaveRooms = nil
	h.mu.Unlock()
	for _, r := range moved {
		r.wakeForJoinLeave()
	}
}

// A RoomsReply lists rooms.
type RoomsReply struct {
	replied
	Rooms []RoomInfo
}

// Sentences is part of [TextReply].
func (r *RoomsReply) Sentences() (lines []reply.Sentence) {
	for i := range r.Rooms {
		lines = append(lines, r.Rooms[i].sentence())
	}
	return lines
}

func (r *RoomsReply) size() (items int, messages []*Event) { return 2 * len(r.Rooms), nil }

// listRooms does /rooms: those that are open to s, and those that it is in.
func (s *Session) listRooms() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sweepRoomsLocked()
	r := &RoomsReply{}
	for _, one := range h.sortedRoomsLocked() {
		if s.mayEnterRoomLocked(one) == nil {
			r.Rooms = append(r.Rooms, RoomInfo{Name: one.name, Private: one.private, Members: h.memberCountLocked(one), Topic: h.topicLocked(one)})
		}
	}
	return r, nil
}

// A RoomInfo is what there is to know of a room.
type RoomInfo struct {
	Name    string
	Private bool
	Members int // how many are there
	Topic   string
}

func (r *RoomInfo) sentence() reply.Sentence {
	args := []any{r.Name, r.Members}
	switch {
	case r.Topic == "" && r.Private:
		return reply.Say(reply.PrivateRoomLine, args...)
	case r.Topic == "":
		return reply.Say(reply.RoomLine, args...)
	case r.Private:
		return reply.Say(reply.PrivateTopic, append(args, r.Topic)...)
	}
	return reply.Say(reply.RoomTopicLine, append(args, r.Topic)...)
}

// sortedRoomsLocked returns all rooms, the lobby first.
func (h *Hub) sortedRoomsLocked() []*Room {
	lobby := h.lobbyLocked()
	var rooms []*Room
	for _, r := range h.rooms {
		if r != lobby {
			rooms = append(rooms, r)
		}
	}
	slices.SortFunc(rooms, func(a, b *Room) int { return cmp.Compare(a.identity.Key, b.identity.Key) })
	return append([]*Room{lobby}, rooms...)
}

// setRoomPrivacy does /room private and /room public. Who is in a private room that opens is told:
// others are going to read what is said there, and what was.
func (s *Session) setRoomPrivacy(what string, sure bool) (Reply, error) {
	if what != "private" && what != "public" {
		return nil, reply.Refuse(reply.Usage, "/room private|public")
	}
	h := s.hub
	h.mu.Lock()
	r := s.room()
	opens := r.private && what == "public"
	err := s.maySetPrivacyLocked(r, opens, sure)
	if err == nil {
		h.setPrivateLocked(r, what == "private")
	}
	h.mu.Unlock()
	h.wakeForJoinLeave()
	switch {
	case err != nil:
		return nil, err
	case opens:
		r.announce(&Event{Time: time.Now(), Kind: Announced, User: &UserInfo{}, Code: reply.RoomPublic, Args: []any{r.name}})
		r.wake()
		return nil, nil
	case what == "public":
		return notice(reply.RoomPublic, r.name), nil
	}
	return notice(reply.RoomPrivate, r.name), nil
}

// maySetPrivacyLocked returns why s may not have a room private or open, or nil.
func (s *Session) maySetPrivacyLocked(r *Room, opens, sure bool) error {
	switch {
	case r == s.hub.lobbyLocked():
		return reply.Refuse(reply.LobbyIsForEveryone)
	case !s.mayManageRoomLocked(r):
		return reply.Refuse(reply.NotYourRoom, r.name)
	case opens && !sure:
		return reply.Refuse(reply.ConfirmOpenRoom, r.name)
	}
	return nil
}

func (h *Hub) setPrivateLocked(r *Room, private bool) {
	r.private = private
	for u := range r.members { // who is in may come again
		if who := u.info.Load(); r.private && who.Person != "" && len(r.invited) < maxInvited {
			r.invited[who.Person] = who.Name
		}
	}
	h.saveRoomLocked(r)
	h.evictFollowersLocked(r)
}
