package command

import (
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func runClose(s *Runner, args []string, sure bool) (room.Reply, error) {
	return closeRoom(s, args[0], sure)
}

// closeRoom implements /close. What was said in the room is forgotten, as in a room that expires.
// Terminals in it go on in the lobby; other sessions, such as programs whose output is not meant
// for the lobby, end.
func closeRoom(s *Runner, name string, sure bool) (room.Reply, error) {
	h, rn := s.hub, room.ParseRoomName(name)
	st := h.Lock()
	r := st.Rooms.ByKey[rn.Identity.Key]
	switch {
	case rn.Err == nil && r == st.Rooms.Lobby():
		st.Unlock()
		return nil, reply.Refuse(reply.LobbyIsForEveryone)
	case rn.Err != nil || r == nil:
		st.Unlock()
		return nil, reply.Refuse(reply.NoSuchRoom, text.Clean(rn.Name))
	case !sure:
		defer st.Unlock()
		return nil, reply.Refuse(reply.ConfirmCloseRoom, r.Name, len(r.Members), r.Name)
	}
	st.Rooms.CloseNow(r)
	st.Unlock()
	s.Audit("close", "#"+r.Name, "")
	return room.NewNotice(reply.RoomClosedNow, r.Name), nil
}
