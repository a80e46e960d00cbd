package room

import (
	"net/netip"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
)

const (
	// maxRoomsPerOwner is how many of the rooms one person may have founded, maxRoomsPerNewcomer one
	// whose key is new, and maxRoomsPerNetwork all who come from one network. maxJoinedRooms is in how
	// many one may be at a time.
	maxRoomsPerOwner    = 5
	maxRoomsPerNewcomer = 2
	maxRoomsPerNetwork  = MaxRooms / 10
	maxJoinedRooms      = 10

	// maxInvited is how many people may be invited to a private room.
	maxInvited = 200

	// emptyRoomTTL is how long a room stays where nobody is in it, and unusedRoomTTL where nothing
	// was said in it either, and it has no topic and nobody is invited.
	emptyRoomTTL  = 24 * time.Hour
	unusedRoomTTL = time.Hour

	// Rooms beside the lobby have smaller rings.
	roomRingSize  = 1024
	roomRingBytes = 256 << 10
)

// roomState are what there is to know of a room beside what is said in it. Hub.mu
// guards them.
type roomState struct {
	identity    names.Identity // of the name
	owner       string         // the person who founded it; "" is nobody
	createdAt   time.Time
	createdFrom netip.Prefix // the network from which it was founded in this process; not stored
	private     bool         // only those who were invited may come in
	topic       string
	invited     map[string]string // names, by person
	members     map[*user]bool    // of the lobby, nobody: everybody is there
	emptySince  time.Time
}

// A roomRecord is how a room stands in the [records.Store].
type roomRecord struct {
	Name    string            `json:"name"`
	Owner   string            `json:"owner"`
	Since   time.Time         `json:"since,omitzero"`
	Private bool              `json:"private,omitempty"`
	Closed  time.Time         `json:"closed,omitzero"` // by an operator: there is no such room any more
	Topic   string            `json:"topic,omitempty"`
	Invited map[string]string `json:"invited,omitempty"`
}

func (h *Hub) saveRoomLocked(r *Room) {
	h.roomRecords.Write(r.identity.Key, r.record())
}

func (r *Room) record() *roomRecord {
	return &roomRecord{Name: r.name, Owner: r.owner, Since: r.createdAt, Private: r.private, Topic: r.topic, Invited: r.invited}
}

// loadRoomLocked makes a room of a row.
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

// createRoomLocked makes a room that was founded at a moment.
func (h *Hub) createRoomLocked(name string, id names.Identity, owner string, since time.Time) *Room {
	r := newRoom(name, min(h.lobbyRingSize, roomRingSize), roomRingBytes, h.HistoryLimits.ForRoom(id.Key), h.closedSeq+1)
	r.identity, r.owner, r.eventCounts, r.renderCache = id, owner, &h.events, &h.renderCache
	r.setCreatedAt(since)
	h.rooms[id.Key] = r
	h.subscribeRoomLocked(r)
	for _, pr := range h.peers { // where it was heard of before
		for _, s := range pr.sessions {
			if !s.following && !s.user.isLocal() {
				h.applyRoomsLocked(s.user)
			}
		}
	}
	return r
}

// setCreatedAt notes when a room was founded. What was said in one of that name before is
// not shown in it, so all that happens in it has a later time. Hub.mu is held.
func (r *Room) setCreatedAt(since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.createdAt = since
	if since.After(r.lastTime) {
		r.lastTime = since
	}
}

// predatesRoomLocked reports whether something happened before a room was founded: in
// another one, of the same name, that was closed.
func (r *Room) predatesRoomLocked(e *Event) bool {
	return !e.Time.After(r.createdAt) && !r.createdAt.IsZero()
}

// RoomCreatedAt returns when a room was founded, or that there is none of that name. It is
// the zero Time for the lobby, which was always there.
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

// sweepRoomsLocked closes rooms where nobody was for long, and which nobody follows.
// What was said there is forgotten.
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

// isUnusedLocked reports whether a room holds nothing that anybody would come again for.
func (r *Room) isUnusedLocked() bool {
	return r.topic == "" && len(r.invited) == 0 && r.lineCount.Load() == 0 && len(r.pastLines()) == 0
}

// closeRoomLocked closes a room. One of that name that is founded later goes on with
// other numbers and times: there are readers who know events by them.
func (h *Hub) closeRoomLocked(r *Room) {
	delete(h.rooms, r.identity.Key)
	r.mu.Lock()
	last := r.lastTime
	r.mu.Unlock()
	h.noteClosedLocked(r.head.Load(), last)
	h.unsubscribeRoomLocked(r)
}

// noteClosedLocked notes up to which number and time something happened in a room that is closed.
func (h *Hub) noteClosedLocked(head uint64, last time.Time) {
	h.closedSeq = max(h.closedSeq, head)
	if last.After(h.closedTime) {
		h.closedTime = last
	}
}

// creationTimeLocked is when a room is founded that is founded now: later than all that
// happened in those which are closed, whatever the clock does.
func (h *Hub) creationTimeLocked() time.Time {
	now := time.Now().Round(0)
	if h.closedTime.After(now) {
		return h.closedTime
	}
	return now
}

// mayEnterRoomLocked returns why a person may not come into a room, or nil.
func (s *Session) mayEnterRoomLocked(r *Room) error {
	if !r.private || s.Person != "" && (r.owner == s.Person || r.invited[s.Person] != "") || s.hub.moderation.IsOperator(s.Person) || r.members[s.user] {
		return nil
	}
	return reply.Refuse(reply.RoomIsPrivate, r.name)
}

// mayManageRoomLocked reports whether s may say what holds in a room.
func (s *Session) mayManageRoomLocked(r *Room) bool {
	return s.Person != "" && r.owner == s.Person || s.hub.moderation.IsOperator(s.Person)
}
