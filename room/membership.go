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

// An unreadWatch counts, for one session, what is said in a room that it has joined but does not
// look at.
type unreadWatch struct {
	logReader            // only to be woken; its cursor reads nothing
	seenCount     uint64 // how many lines had been said when the session looked away
	notifiedCount uint64 // how many had been said when the writer was last told; the writer's
}

// An UnreadRoom says how many lines are unread in a room that a session has joined but does not
// look at.
type UnreadRoom struct {
	Room  string
	Lines int
}

// RoomName returns the name of the room that s looks at, as people see it.
func (s *Session) RoomName() string { return s.room().name }

// UnreadRooms returns the rooms that s has joined but does not look at, if something was said there
// since. The writer is woken when the result changes.
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

// armUnreadWatches has the writer woken when something is said in another room.
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

// pollUnreadWatches reports whether more was said in other rooms since the last call. Only the
// writer calls it.
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

// switchRoomLocked makes s look at a room that it has joined, and watch the others.
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

// removeUnreadWatchLocked makes s stop watching a room.
func (s *Session) removeUnreadWatchLocked(r *Room) {
	if old := s.unreadWatches.Load(); old != nil {
		list := slices.DeleteFunc(slices.Clone(*old), func(w *unreadWatch) bool { return w.room == r })
		s.unreadWatches.Store(&list)
	}
}

// join implements /join: s goes to a room, which is created if it does not exist.
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

// StartIn takes s, which has just entered or is a one-shot session, to the room that its client
// asked for; the notice says if there is no such room. It never creates one, since clients ask for
// all sorts of things: Git for Windows sends a domain name. The error is a [*reply.Refusal] if s
// may not enter that room, in which case s stays where it is, or the [Reason] why s has left.
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
		return NewNotice(reply.NoSuchStartRoom, refusal.Args...), nil
	}
	return nil, err
}

// existingRoomLocked returns an existing room, if s may enter it.
func (s *Session) existingRoomLocked(where *requestedName) (*Room, error) {
	s.hub.sweepRoomsLocked()
	r := s.hub.rooms[where.identity.Key]
	if where.err != nil || r == nil {
		return nil, reply.Refuse(reply.NoSuchRoom, text.Clean(where.name))
	}
	return r, s.mayEnterRoomLocked(r)
}

// switchTo takes s to the room that find returns. It calls find with Hub.mu held.
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

// findOrCreateRoomLocked returns the room with a name, if s may enter it. If there is none, it
// creates it.
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
	if err := s.maySpeakLocked(); err != nil { // everybody reads the name in /rooms
		return nil, err
	}
	r := h.createRoomLocked(name, id, s.Person, h.creationTimeLocked())
	r.createdFrom = netaddr.Network(s.client.Remote)
	h.saveRoomLocked(r)
	return r, nil
}

// mayCreateRoomLocked returns why s may not create a room, or nil. Rooms created from one network
// are counted at each node separately, as far as it has seen them created.
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

// linesOnEntering is how many of the latest lines a session sees when it enters a room. A person
// who was there before sees what they missed, up to a page.
const linesOnEntering = 10

// A RoomEntered describes the room that a session now looks at.
type RoomEntered struct {
	replied
	Room     string
	Topic    string
	Members  int      // how many people are in the room
	Messages []*Event // the latest of what was said
	Unread   int      // how many of Messages, at the end, are new
}

func (r *RoomEntered) size() (items int, messages []*Event) { return 0, r.Messages }

// roomEnteredLocked returns what s is shown on entering a room: what was there before the event
// with the sequence number next.
func (s *Session) roomEnteredLocked(r *Room, missed int, next uint64) *RoomEntered {
	past := s.latestLines(r, next, max(linesOnEntering, min(missed, pageLines)))
	return &RoomEntered{
		Room: r.name, Topic: s.hub.topicLocked(r), Members: s.hub.memberCountLocked(r),
		Messages: past, Unread: min(missed, len(past)),
	}
}

// latestLines returns up to most of the last lines that were said in a room before the event with
// the sequence number next, except those that s does not want to read. A bot gets none.
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

// part implements /part: s leaves the room for the lobby. The person stays a member as long as
// another of their sessions, such as a pipe, looks at the room.
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

// addMemberLocked makes u a member of a room and tells the room.
func (h *Hub) addMemberLocked(u *user, r *Room) {
	r.members[u] = true
	u.rooms = append(u.rooms, r)
	r.announce(&Event{Time: time.Now(), Kind: Joined, User: u.info.Load(), Peer: u.peerName()})
	h.userChangedLocked(u)
	h.joinLeaveRooms = append(h.joinLeaveRooms, r)
}

// removeMemberLocked removes u from the members of a room and tells the room.
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

// announceToRoomsLocked announces an event about u in all rooms where u is. The caller must call
// wakeForJoinLeave after releasing the lock.
func (h *Hub) announceToRoomsLocked(u *user, e *Event) {
	from := cmp.Or(e.Peer, u.peerName())
	for _, r := range append([]*Room{h.lobbyLocked()}, u.rooms...) {
		told := &Event{Time: e.Time, Kind: e.Kind, User: e.User, OldName: e.OldName, OldUser: e.OldUser, Reason: e.Reason, Peer: from}
		r.announce(told)
		h.joinLeaveRooms = append(h.joinLeaveRooms, r)
	}
}

// wakeForJoinLeave wakes the readers of the rooms in which joins, leaves or renames were announced.
// The caller must not hold Hub.mu.
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

// listRooms implements /rooms: it lists the rooms that s may enter.
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

// A RoomInfo describes a room in a list.
type RoomInfo struct {
	Name    string
	Private bool
	Members int // how many people are in the room
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

// setRoomPrivacy implements /room private and /room public. When a private room opens, its members
// are told: others will be able to read what is said there, and what was said before.
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
		return NewNotice(reply.RoomPublic, r.name), nil
	}
	return NewNotice(reply.RoomPrivate, r.name), nil
}

// maySetPrivacyLocked returns why s may not make a room private or public, or nil.
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
	for u := range r.members { // the members may come again
		if who := u.info.Load(); r.private && who.Person != "" && len(r.invited) < maxInvited {
			r.invited[who.Person] = who.Name
		}
	}
	h.saveRoomLocked(r)
	h.evictFollowersLocked(r)
}
