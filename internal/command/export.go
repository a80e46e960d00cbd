package command

import (
	"slices"

	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/room"
)

func runExport(s *Runner, _ []string) (room.Reply, error) { return export(s) }

// An ExportReply holds everything that is stored about a person: events and records.
type ExportReply struct {
	room.PlainReply
	Events  []*room.Event
	Records []records.Record
}

func (x *ExportReply) Cost() (items int, messages []*room.Event) { return len(x.Records), x.Events }

// export implements ssh HOST export.
func export(s *Runner) (room.Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.ForgetNeedsKey)
	}
	e := &ExportReply{Records: recordsOf(s.hub, s.Person)}
	if s.hub.Messages == nil {
		return e, nil
	}
	for _, id := range s.hub.PersonIDs(s.Person) {
		some, err := s.hub.Messages.Export(id)
		if err != nil {
			return nil, reply.Refuse(reply.StoreUnavailable)
		}
		e.Events = append(e.Events, some...)
	}
	e.Events = relabelRooms(s.hub, e.Events)
	slices.SortStableFunc(e.Events, func(a, b *room.Event) int { return a.Time.Compare(b.Time) })
	return e, nil
}

// relabelRooms returns the events that happened in rooms which still exist, with the rooms' display
// names. A rename, which was announced in each of the user's rooms, is returned once and without a
// room.
func relabelRooms(h *room.Hub, events []*room.Event) []*room.Event {
	st := h.Lock()
	defer st.Unlock()
	return slices.DeleteFunc(events, func(e *room.Event) bool {
		if e.Room == "" {
			return false
		}
		r := st.Rooms.ByKey[e.Room]
		if r == nil || r.Predates(e) || e.Kind == room.Renamed && e.Room != room.Lobby {
			return true
		}
		if e.Room = r.Name; e.Kind == room.Renamed {
			e.Room = ""
		}
		return false
	})
}

// recordsOf returns the records of a person.
func recordsOf(h *room.Hub, person string) []records.Record {
	st := h.Lock()
	defer st.Unlock()
	return st.Tables.Owned(person)
}
