package room

import (
	"net/netip"
	"time"
)

const (
	// mostFounded is how many of the rooms one person may have founded, mostNewFounded one
	// whose key is new, and mostFromOne all who come from one network. mostPlaces is in how
	// many one may be at a time.
	mostFounded    = 5
	mostNewFounded = 2
	mostFromOne    = MostRooms / 10
	mostPlaces     = 10

	// mostInvited is how many people may be invited to a private room.
	mostInvited = 200

	// emptyTime is how long a room stays where nobody is in it, and unusedTime where nothing
	// was said in it either, and it has no topic and nobody is invited.
	emptyTime  = 24 * time.Hour
	unusedTime = time.Hour

	// Rooms beside the lobby have smaller rings.
	smallRing      = 1024
	smallRingBytes = 256 << 10
)

// rules are what there is to know of a room beside what is said in it. House.mu
// guards them.
type rules struct {
	identity   identity // of the name
	owner      string   // the person who founded it; "" is nobody
	founded    time.Time
	from       netip.Prefix // the network from which it was founded in this process; not stored
	private    bool         // only those who were invited may come in
	topic      string
	invited    map[string]string  // names, by person
	members    map[*presence]bool // of the lobby, nobody: everybody is there
	emptySince time.Time
}

// A roomRow is how a room stands in the [Book].
type roomRow struct {
	Name    string            `json:"name"`
	Owner   string            `json:"owner"`
	Since   time.Time         `json:"since,omitzero"`
	Private bool              `json:"private,omitempty"`
	Closed  time.Time         `json:"closed,omitzero"` // by an operator: there is no such room any more
	Topic   string            `json:"topic,omitempty"`
	Invited map[string]string `json:"invited,omitempty"`
}

func (h *House) writeRoomLocked(r *Room) {
	h.writeLocked(tableRooms, r.identity.key, r.row())
}

func (r *Room) row() *roomRow {
	return &roomRow{Name: r.name, Owner: r.owner, Since: r.founded, Private: r.private, Topic: r.topic, Invited: r.invited}
}

// readRoomLocked makes a room of a row.
func (h *House) readRoomLocked(row *roomRow) {
	id, err := checkName(row.Name)
	if err != nil || h.rooms[id.key] != nil {
		return
	}
	if !row.Closed.IsZero() {
		h.closings[id.key] = row.Closed
		return
	}
	r := h.foundLocked(row.Name, id, row.Owner, row.Since)
	r.private, r.topic = row.Private, row.Topic
	for person, name := range row.Invited {
		r.invited[person] = name
	}
}

// foundLocked makes a room that was founded at a moment.
func (h *House) foundLocked(name string, id identity, owner string, since time.Time) *Room {
	r := newRoom(name, min(h.ring, smallRing), smallRingBytes, h.Memory.In(id.key), h.ended+1)
	r.identity, r.owner, r.happened, r.renderings = id, owner, &h.happened, &h.renderings
	r.setFounded(since)
	h.rooms[id.key] = r
	h.attachLocked(r)
	for _, n := range h.neighbours { // where it was heard of before
		for _, u := range n.people {
			if !u.following && !u.presence.isOurs() {
				h.placeLocked(u.presence)
			}
		}
	}
	return r
}

// setFounded notes when a room was founded. What was said in one of that name before is
// not shown in it, so all that happens in it has a later time. House.mu is held.
func (r *Room) setFounded(since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.founded = since
	if since.After(r.last) {
		r.last = since
	}
}

// isBeforeLocked reports whether something happened before a room was founded: in
// another one, of the same name, that was closed.
func (r *Room) isBeforeLocked(e *Event) bool { return !e.Time.After(r.founded) && !r.founded.IsZero() }

// Founded returns when a room was founded, or that there is none of that name. It is
// the zero Time for the lobby, which was always there.
func (h *House) Founded(room string) (at time.Time, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if room == Lobby {
		return at, true
	}
	if r := h.rooms[room]; r != nil {
		return r.founded, true
	}
	return at, false
}

// sweepRoomsLocked closes rooms where nobody was for long, and which nobody follows.
// What was said there is forgotten.
func (h *House) sweepRoomsLocked() {
	h.sweepClosedLocked()
	for key, r := range h.rooms {
		if key != Lobby && r.isOverLocked() {
			h.writeLocked(tableRooms, key, nil)
			h.closeRoomLocked(r)
		}
	}
}

func (r *Room) isOverLocked() bool {
	empty := time.Since(r.emptySince)
	return len(r.members) == 0 && r.readers.Load() == 0 && (empty > emptyTime || empty > unusedTime && r.isUnusedLocked())
}

// isUnusedLocked reports whether a room holds nothing that anybody would come again for.
func (r *Room) isUnusedLocked() bool {
	return r.topic == "" && len(r.invited) == 0 && r.said.Load() == 0 && len(r.remembered()) == 0
}

// closeRoomLocked closes a room. One of that name that is founded later goes on with
// other numbers and times: there are readers who know events by them.
func (h *House) closeRoomLocked(r *Room) {
	delete(h.rooms, r.identity.key)
	r.mu.Lock()
	last := r.last
	r.mu.Unlock()
	h.endLocked(r.head.Load(), last)
	h.detachLocked(r)
}

// endLocked notes up to which number and time something happened in a room that is closed.
func (h *House) endLocked(head uint64, last time.Time) {
	h.ended = max(h.ended, head)
	if last.After(h.endedAt) {
		h.endedAt = last
	}
}

// foundingTimeLocked is when a room is founded that is founded now: later than all that
// happened in those which are closed, whatever the clock does.
func (h *House) foundingTimeLocked() time.Time {
	now := time.Now().Round(0)
	if h.endedAt.After(now) {
		return h.endedAt
	}
	return now
}

// mayEnterRoomLocked returns why a person may not come into a room, or nil.
func (u *User) mayEnterRoomLocked(r *Room) error {
	if !r.private || u.Key != "" && (r.owner == u.Key || r.invited[u.Key] != "") || u.house.isOperatorLocked(u.Key) || r.members[u.presence] {
		return nil
	}
	return refuse(RoomIsPrivate, r.name)
}

// keepsLocked reports whether u may say what holds in a room.
func (u *User) keepsLocked(r *Room) bool {
	return u.Key != "" && r.owner == u.Key || u.house.isOperatorLocked(u.Key)
}
