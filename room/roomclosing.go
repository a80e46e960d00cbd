package room

import (
	"time"

	"teahouse/internal/reply"
)

// CloseNow closes a room in which people may be, because an operator says so. What was said in it is
// forgotten.
func (rs *Rooms) CloseNow(r *Room) {
	rs.evict(r)
	rs.saveClosing(r)
	rs.Close(r)
}

// evict makes everybody leave a room and tells them why.
func (rs *Rooms) evict(r *Room) {
	lobby := rs.Lobby()
	for s := range rs.st.Sessions {
		switch {
		case s.Room() == r && (s.Following || !s.OneShot && !s.Client.Terminal):
			rs.st.leave(s, Kicked, reply.RoomClosed, r.Name)
		case s.OneShot:
		case s.Room() == r:
			rs.show(s, lobby)
			s.inbox.Unwatch(r.Log)
			s.Post(NewNotice(reply.RoomClosed, r.Name))
		case r.Members[s.User]:
			s.inbox.Unwatch(r.Log)
			s.Post(NewNotice(reply.RoomClosed, r.Name))
		}
	}
	for u := range r.Members {
		rs.removeMember(u, r, Quit)
	}
}

// saveClosing stores that an operator closed a room. Other nodes must learn that: a node with
// members in the room would otherwise keep it.
func (rs *Rooms) saveClosing(r *Room) {
	if rs.st.nodeBits == 0 {
		rs.records.WriteDelete(r.ID)
		return
	}
	rs.closings[r.ID] = time.Now()
	rs.records.Write(r.ID, &roomRecord{Name: r.Name, Owner: r.Owner, Since: r.createdAt, Closed: time.Now()})
}

// sweepClosings deletes the records of closed rooms once all nodes must have read them.
func (rs *Rooms) sweepClosings() {
	for key, at := range rs.closings {
		switch {
		case rs.ByID[key] != nil: // created again
			delete(rs.closings, key)
		case time.Since(at) > EmptyRoomTTL:
			delete(rs.closings, key)
			rs.records.WriteDelete(key)
		}
	}
}

// applyClosing closes a room that an operator closed at another node, unless it was created
// again since.
func (rs *Rooms) applyClosing(r *Room, row *roomRecord) {
	switch {
	case r == nil:
	case r.createdAt.After(row.Since):
		rs.save(r)
	default:
		rs.evict(r)
		rs.Close(r)
	}
}
