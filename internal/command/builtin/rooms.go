package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names:    []string{"rooms"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupRooms, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{"list the rooms", "列出房间", "列出房間"},
		Explanation: i18n.Words{
			"Lists the rooms that you can enter, and their topics.",
			"列出您可以进入的房间及其话题。",
			"列出您可以進入的房間及其話題。",
		},
		Example: "rooms",
		Run:     rooms,
	})
}

// A RoomsReply lists rooms.
type RoomsReply struct {
	room.PlainReply
	Rooms []RoomInfo
}

// Sentences is part of [room.TextReply].
func (r *RoomsReply) Sentences() (lines []reply.Sentence) {
	for i := range r.Rooms {
		lines = append(lines, r.Rooms[i].sentence())
	}
	return lines
}

func (r *RoomsReply) Cost() (items int, messages []*room.Event) { return 2 * len(r.Rooms), nil }

// rooms implements /rooms: it lists the rooms that s may enter.
func rooms(s *command.Runner, _ []string) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	st.Rooms.Sweep()
	r := &RoomsReply{}
	for _, one := range st.Rooms.Sorted() {
		if st.Rooms.MayEnter(s.Session, one) == nil {
			r.Rooms = append(r.Rooms, RoomInfo{Name: one.Name, Private: one.Private, Members: st.Rooms.MemberCount(one), Topic: st.Rooms.Topic(one)})
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
