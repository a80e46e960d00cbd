package builtin

import (
	"slices"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names:    []string{"export"},
		Syntaxes: command.ExecSyntax, Visibility: command.NotVisible, Scan: ratelimit.ScanStore,
		Help: i18n.Words{
			"print everything stored about you, as JSON lines",
			"导出您的全部数据（JSON）",
			"匯出您的全部資料（JSON）",
		},
		Explanation: i18n.Words{
			"Prints everything stored about you, one JSON object per line.",
			"输出您的全部数据，每行一个 JSON 对象。",
			"輸出您的全部資料，每行一個 JSON 物件。",
		},
		Example: "export",
		Run:     export,
	})
}

// An ExportReply holds everything that is stored about a person: events and records.
type ExportReply struct {
	room.PlainReply
	Events  []*room.Event
	Records []records.Record
}

func (x *ExportReply) Cost() (items int, messages []*room.Event) { return len(x.Records), x.Events }

// export implements ssh HOST export.
func export(s *command.Runner, _ []string) (room.Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.ForgetNeedsKey)
	}
	e := &ExportReply{Records: recordsOf(s.Hub(), s.Person)}
	if s.Hub().Config().Messages == nil {
		return e, nil
	}
	for _, id := range s.Hub().PersonIDs(s.Person) {
		some, err := s.Hub().Config().Messages.Export(s.Context(), id)
		if err != nil {
			return nil, reply.Refuse(reply.StoreUnavailable)
		}
		e.Events = append(e.Events, some...)
	}
	e.Events = relabelRooms(s.Hub(), e.Events)
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
		r := st.Rooms.ByID[ids.Room(e.Room)]
		if r == nil || r.Predates(e) || e.Kind == room.Renamed && r != st.Rooms.Lobby() {
			return true
		}
		if e.Room = r.Name; e.Kind == room.Renamed {
			e.Room = ""
		}
		return false
	})
}

// recordsOf returns the records of a person.
func recordsOf(h *room.Hub, person ids.Account) []records.Record {
	st := h.Lock()
	defer st.Unlock()
	return st.Tables.Owned(person)
}
