package room

import (
	"slices"

	"teahouse/internal/records"
	"teahouse/internal/reply"
)

// An ExportReply holds everything that is stored about a person: events and records.
type ExportReply struct {
	replied
	Events  []*Event
	Records []records.Record
}

func (x *ExportReply) size() (items int, messages []*Event) { return len(x.Records), x.Events }

// export implements ssh HOST export.
func (s *Session) export() (Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.ForgetNeedsKey)
	}
	e := &ExportReply{Records: s.hub.recordsOf(s.Person)}
	if s.hub.Messages == nil {
		return e, nil
	}
	for _, id := range s.hub.personIDs(s.Person) {
		some, err := s.hub.Messages.Export(id)
		if err != nil {
			return nil, reply.Refuse(reply.StoreUnavailable)
		}
		e.Events = append(e.Events, some...)
	}
	e.Events = s.hub.relabelRooms(e.Events)
	slices.SortStableFunc(e.Events, func(a, b *Event) int { return a.Time.Compare(b.Time) })
	return e, nil
}

// relabelRooms returns the events that happened in rooms which still exist, with the rooms' display
// names. A rename, which was announced in each of the user's rooms, is returned once and without a
// room.
func (h *Hub) relabelRooms(events []*Event) []*Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(events, func(e *Event) bool {
		if e.Room == "" {
			return false
		}
		r := h.rooms[e.Room]
		if r == nil || r.predatesRoomLocked(e) || e.Kind == Renamed && e.Room != Lobby {
			return true
		}
		if e.Room = r.name; e.Kind == Renamed {
			e.Room = ""
		}
		return false
	})
}

// recordsOf returns the records of a person.
func (h *Hub) recordsOf(person string) []records.Record {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tables.Owned(person)
}
