package room

import (
	"slices"

	"teahouse/internal/records"
	"teahouse/internal/reply"
)

// An ExportReply is all that is kept of somebody: what happened, and what is written.
type ExportReply struct {
	replied
	Events  []*Event
	Records []records.Record
}

func (x *ExportReply) size() (items int, messages []*Event) { return len(x.Records), x.Events }

// export does ssh host export: all that is kept of s, as events and as rows.
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

// relabelRooms returns what happened in the rooms of now, with their names as people see
// them. A rename was told in each room where one was: it is there once, and in none.
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
