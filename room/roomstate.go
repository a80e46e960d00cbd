package room

import (
	"net/netip"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
)

const (
	// MaxRoomsPerOwner is how many rooms one person may have created, maxRoomsPerNewcomer how many
	// a newcomer, and maxRoomsPerNetwork how many all people from one network. MaxJoinedRooms is
	// how many rooms a user may be in at a time.
	MaxRoomsPerOwner    = 5
	maxRoomsPerNewcomer = 2
	maxRoomsPerNetwork  = MaxRooms / 10
	MaxJoinedRooms      = 10

	// MaxInvited is how many people may be invited to a private room.
	MaxInvited = 200

	// EmptyRoomTTL is how long an empty room is kept. UnusedRoomTTL is the same for a room in which
	// nothing was said, without a topic or invitations.
	EmptyRoomTTL  = 24 * time.Hour
	UnusedRoomTTL = time.Hour

	// Rooms beside the lobby have smaller rings.
	roomRingSize  = 1024
	roomRingBytes = 256 << 10
)

// A roomState is everything about a room except its conversation. Hub.mu guards it.
type roomState struct {
	Identity    names.Identity // of the room's name
	Owner       ids.Account    // the person who created it, or ""
	createdAt   time.Time
	createdFrom netip.Prefix // the network from which it was created in this process; not stored
	Private     bool         // only invited people may enter
	topic       string
	Invited     map[ids.Account]string // names by person
	Members     map[*User]bool         // empty for the lobby, where everybody is
	emptySince  time.Time
}

// A roomRecord is a room as the [records.Store] holds it.
type roomRecord struct {
	Name    string                 `json:"name"`
	Owner   ids.Account            `json:"owner"`
	Since   time.Time              `json:"since,omitzero"`
	Private bool                   `json:"private,omitempty"`
	Closed  time.Time              `json:"closed,omitzero"` // an operator closed the room, so it no longer exists
	Topic   string                 `json:"topic,omitempty"`
	Invited map[ids.Account]string `json:"invited,omitempty"`
}

// save stores the record of a room, unless the room is closed.
func (rs *Rooms) save(r *Room) {
	if !rs.IsClosed(r) {
		rs.records.Write(r.ID, r.record())
	}
}

// IsClosed reports whether a room no longer exists. A one-shot session may still be in it.
func (rs *Rooms) IsClosed(r *Room) bool { return rs.ByID[r.ID] != r }

// Invite lets a person into a private room, by the name that they have now.
func (rs *Rooms) Invite(r *Room, person ids.Account, name string) {
	r.Invited[person] = name
	rs.save(r)
}

func (r *Room) record() *roomRecord {
	return &roomRecord{Name: r.Name, Owner: r.Owner, Since: r.createdAt, Private: r.Private, Topic: r.topic, Invited: r.Invited}
}

// load creates a room from its record.
func (rs *Rooms) load(row *roomRecord) {
	id, err := names.Check(row.Name)
	if err != nil || rs.ByID[id.Key.Room()] != nil {
		return
	}
	if !row.Closed.IsZero() {
		rs.closings[id.Key.Room()] = row.Closed
		return
	}
	r := rs.Create(row.Name, id, row.Owner, row.Since)
	r.Private, r.topic = row.Private, row.Topic
	for person, name := range row.Invited {
		r.Invited[person] = name
	}
}

// Create adds a room that was created at the given time.
func (rs *Rooms) Create(name string, id names.Identity, owner ids.Account, since time.Time) *Room {
	r := newRoom(id.Key.Room(), name, logConfig(rs.st.hub, min(rs.st.hub.lobbyRingSize, roomRingSize), roomRingBytes, id.Key.Room(), rs.closedSeq+1))
	r.Identity, r.Owner = id, owner
	r.setCreatedAt(since)
	rs.ByID[id.Key.Room()] = r
	rs.subscribe(r)
	for s := range rs.st.remoteSessions { // other nodes may have told of members before the room existed here
		if !s.Following && !s.User.IsLocal() {
			rs.JoinAsThere(s.User)
		}
	}
	return r
}

// setCreatedAt sets when the room was created. Everything that happens in it gets a later time:
// what was said in an earlier room of that name is not shown in it. The caller holds Hub.mu.
func (r *Room) setCreatedAt(since time.Time) {
	r.createdAt = since
	r.StartAfter(since)
}

// Predates reports whether an event happened before the room was created, in an earlier
// room of that name.
func (r *Room) Predates(e *Event) bool {
	return !e.Time.After(r.createdAt) && !r.createdAt.IsZero()
}

// RoomCreatedAt returns when the room with a key was created. It returns false if there is none,
// and the zero Time for the lobby, which always exists.
func (h *Hub) RoomCreatedAt(room ids.Room) (at time.Time, ok bool) {
	st := h.Lock()
	defer st.Unlock()
	if room == Lobby {
		return at, true
	}
	if r := st.Rooms.ByID[room]; r != nil {
		return r.createdAt, true
	}
	return at, false
}

// Sweep closes rooms that have been empty for a long time and that nobody follows. What
// was said in them is forgotten.
func (rs *Rooms) Sweep() {
	rs.sweepClosings()
	for key, r := range rs.ByID {
		if key != Lobby && r.isExpiredLocked() {
			rs.records.WriteDelete(key)
			rs.Close(r)
		}
	}
}

func (r *Room) isExpiredLocked() bool {
	empty := time.Since(r.emptySince)
	return len(r.Members) == 0 && r.Readers() == 0 && (empty > EmptyRoomTTL || empty > UnusedRoomTTL && r.isUnusedLocked())
}

// isUnusedLocked reports whether a room holds nothing worth coming back for.
func (r *Room) isUnusedLocked() bool {
	return r.topic == "" && len(r.Invited) == 0 && r.LineCount() == 0 && len(r.PastLines()) == 0
}

// Close closes a room. A later room of that name uses higher sequence numbers and times,
// because readers identify events by them.
func (rs *Rooms) Close(r *Room) {
	delete(rs.ByID, r.ID)
	next, last := r.Position()
	rs.noteClosed(next, last)
	rs.unsubscribe(r)
}

// noteClosed notes the highest sequence number and time in a closed room.
func (rs *Rooms) noteClosed(head uint64, last time.Time) {
	rs.closedSeq = max(rs.closedSeq, head)
	if last.After(rs.closedTime) {
		rs.closedTime = last
	}
}

// creationTime returns the creation time of a room created now: later than anything that
// happened in closed rooms, whatever the clock does.
func (rs *Rooms) creationTime() time.Time {
	now := time.Now().Round(0)
	if rs.closedTime.After(now) {
		return rs.closedTime
	}
	return now
}

// MayEnter returns why s may not enter a room, or nil.
func (rs *Rooms) MayEnter(s *Session, r *Room) error {
	if !r.Private || s.Person != "" && (r.Owner == s.Person || r.Invited[s.Person] != "") || rs.st.Moderation.IsOperator(s.Person) || r.Members[s.User] {
		return nil
	}
	return reply.Refuse(reply.RoomIsPrivate, r.Name)
}

// MayManage reports whether s may change a room's topic and privacy, and invite people.
func (rs *Rooms) MayManage(s *Session, r *Room) bool {
	return s.Person != "" && r.Owner == s.Person || rs.st.Moderation.IsOperator(s.Person)
}

func (r *roomRecord) sanitize(_ string, now time.Time) error {
	r.Name, r.Owner, r.Closed = names.Sanitize(r.Name), sanitize.Key(r.Owner), sanitize.Time(r.Closed, now)
	if sanitize.IsTooLate(r.Since.AddDate(1, 0, 0)) { // any other time stays, because older lines must not be shown
		r.Since = time.Time{}
	}
	r.Topic, r.Invited = text.Limit(r.Topic, moderation.MaxTopicBytes, text.CleanLine), sanitize.People(r.Invited, MaxInvited)
	return nil
}
