package room

import (
	"net/netip"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
)

const (
	// maxRoomsPerOwner is how many rooms one person may have created, maxRoomsPerNewcomer how many
	// a newcomer, and maxRoomsPerNetwork how many all people from one network. maxJoinedRooms is
	// how many rooms a user may be in at a time.
	maxRoomsPerOwner    = 5
	maxRoomsPerNewcomer = 2
	maxRoomsPerNetwork  = MaxRooms / 10
	maxJoinedRooms      = 10

	// maxInvited is how many people may be invited to a private room.
	maxInvited = 200

	// emptyRoomTTL is how long an empty room is kept. unusedRoomTTL is the same for a room in which
	// nothing was said, without a topic or invitations.
	emptyRoomTTL  = 24 * time.Hour
	unusedRoomTTL = time.Hour

	// Rooms beside the lobby have smaller rings.
	roomRingSize  = 1024
	roomRingBytes = 256 << 10
)

// A roomState is everything about a room except its conversation. Hub.mu guards it.
type roomState struct {
	identity    names.Identity // of the room's name
	owner       string         // the person who created it, or ""
	createdAt   time.Time
	createdFrom netip.Prefix // the network from which it was created in this process; not stored
	private     bool         // only invited people may enter
	topic       string
	invited     map[string]string // names by person
	members     map[*user]bool    // empty for the lobby, where everybody is
	emptySince  time.Time
}

// A roomRecord is a room as the [records.Store] holds it.
type roomRecord struct {
	Name    string            `json:"name"`
	Owner   string            `json:"owner"`
	Since   time.Time         `json:"since,omitzero"`
	Private bool              `json:"private,omitempty"`
	Closed  time.Time         `json:"closed,omitzero"` // an operator closed the room, so it no longer exists
	Topic   string            `json:"topic,omitempty"`
	Invited map[string]string `json:"invited,omitempty"`
}

func (h *Hub) saveRoomLocked(r *Room) {
	h.roomRecords.Write(r.identity.Key, r.record())
}

func (r *Room) record() *roomRecord {
	return &roomRecord{Name: r.name, Owner: r.owner, Since: r.createdAt, Private: r.private, Topic: r.topic, Invited: r.invited}
}

// loadRoomLocked creates a room from its record.
func (h *Hub) loadRoomLocked(row *roomRecord) {
	id, err := names.Check(row.Name)
	if err != nil || h.rooms[id.Key] != nil {
		return
	}
	if !row.Closed.IsZero() {
		h.closings[id.Key] = row.Closed
		return
	}
	r := h.createRoomLocked(row.Name, id, row.Owner, row.Since)
	r.private, r.topic = row.Private, row.Topic
	for person, name := range row.Invited {
		r.invited[person] = name
	}
}

// createRoomLocked adds a room that was created at the given time.
func (h *Hub) createRoomLocked(name string, id names.Identity, owner string, since time.Time) *Room {
	r := newRoom(name, min(h.lobbyRingSize, roomRingSize), roomRingBytes, h.HistoryLimits.ForRoom(id.Key), h.closedSeq+1)
	r.identity, r.owner, r.eventCounts, r.renderCache = id, owner, &h.events, &h.renderCache
	r.setCreatedAt(since)
	h.rooms[id.Key] = r
	h.subscribeRoomLocked(r)
	for _, pr := range h.peers { // peers may have told of members before the room existed here
		for _, s := range pr.sessions {
			if !s.following && !s.user.isLocal() {
				h.applyRoomsLocked(s.user)
			}
		}
	}
	return r
}

// setCreatedAt sets when the room was created. Everything that happens in it gets a later time:
// what was said in an earlier room of that name is not shown in it. The caller holds Hub.mu.
func (r *Room) setCreatedAt(since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.createdAt = since
	if since.After(r.lastTime) {
		r.lastTime = since
	}
}

// predatesRoomLocked reports whether an event happened before the room was created, in an earlier
// room of that name.
func (r *Room) predatesRoomLocked(e *Event) bool {
	return !e.Time.After(r.createdAt) && !r.createdAt.IsZero()
}

// RoomCreatedAt returns when the room with a key was created. It returns false if there is none,
// and the zero Time for the lobby, which always exists.
func (h *Hub) RoomCreatedAt(room string) (at time.Time, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if room == Lobby {
		return at, true
	}
	if r := h.rooms[room]; r != nil {
		return r.createdAt, true
	}
	return at, false
}

// sweepRoomsLocked closes rooms that have been empty for a long time and that nobody follows. What
// was said in them is forgotten.
func (h *Hub) sweepRoomsLocked() {
	h.sweepClosingsLocked()
	for key, r := range h.rooms {
		if key != Lobby && r.isExpiredLocked() {
			h.roomRecords.WriteDelete(key)
			h.closeRoomLocked(r)
		}
	}
}

func (r *Room) isExpiredLocked() bool {
	empty := time.Since(r.emptySince)
	return len(r.members) == 0 && r.readers.Load() == 0 && (empty > emptyRoomTTL || empty > unusedRoomTTL && r.isUnusedLocked())
}

// isUnusedLocked reports whether a room holds nothing worth coming back for.
func (r *Room) isUnusedLocked() bool {
	return r.topic == "" && len(r.invited) == 0 && r.lineCount.Load() == 0 && len(r.pastLines()) == 0
}

// closeRoomLocked closes a room. A later room of that name uses higher sequence numbers and times,
// because readers identify events by them.
func (h *Hub) closeRoomLocked(r *Room) {
	delete(h.rooms, r.identity.Key)
	r.mu.Lock()
	last := r.lastTime
	r.mu.Unlock()
	h.noteClosedLocked(r.head.Load(), last)
	h.unsubscribeRoomLocked(r)
}

// noteClosedLocked notes the highest sequence number and time in a closed room.
func (h *Hub) noteClosedLocked(head uint64, last time.Time) {
	h.closedSeq = max(h.closedSeq, head)
	if last.After(h.closedTime) {
		h.closedTime = last
	}
}

// creationTimeLocked returns the creation time of a room created now: later than anything that
// happened in closed rooms, whatever the clock does.
func (h *Hub) creationTimeLocked() time.Time {
	now := time.Now().Round(0)
	if h.closedTime.After(now) {
		return h.closedTime
	}
	return now
}

// mayEnterRoomLocked returns why s may not enter a room, or nil.
func (s *Session) mayEnterRoomLocked(r *Room) error {
	if !r.private || s.Person != "" && (r.owner == s.Person || r.invited[s.Person] != "") || s.hub.moderation.IsOperator(s.Person) || r.members[s.user] {
		return nil
	}
	return reply.Refuse(reply.RoomIsPrivate, r.name)
}

// mayManageRoomLocked reports whether s may change a room's topic and privacy, and invite people.
func (s *Session) mayManageRoomLocked(r *Room) bool {
	return s.Person != "" && r.owner == s.Person || s.hub.moderation.IsOperator(s.Person)
}
