package command

import (
	"teahouse/internal/reply"
	"teahouse/room"
)

func runRooms(s *Runner, _ []string) (room.Reply, error) { return listRooms(s) }

// A RoomsReply lists rooms.
type RoomsReply struct {
	room.PlainReply
	Rooms []RoomInfo
}

// Sentences is part of [TextReply].
func (r *RoomsReply) Sentences() (lines []reply.Sentence) {
	for i := range r.Rooms {
		lines = append(lines, r.Rooms[i].sentence())
	}
	return lines
}

func (r *RoomsReply) Cost() (items int, messages []*room.Event) { return 2 * len(r.Rooms), nil }

// listRooms implements /rooms: it lists the rooms that s may enter.
func listRooms(s *Runner) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
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
