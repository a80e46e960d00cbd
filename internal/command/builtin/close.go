package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"close"}, Params: []string{"#ROOM"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{"close a room", "关闭房间", "關閉房間"},
		Explanation: i18n.Words{
			"Closes a room and deletes its messages. People in it go to the lobby.",
			"关闭房间并删除其中的消息。房间里的人回到大厅。",
			"關閉房間並刪除其中的訊息。房間裡的人回到大廳。",
		},
		Example:      "close #go",
		RunConfirmed: closeRoom,
	})
}

// closeRoom implements /close. What was said in the room is forgotten, as in a room that expires.
// Terminals in it go on in the lobby; other sessions, such as programs whose output is not meant
// for the lobby, end.
func closeRoom(s *command.Runner, args []string, sure bool) (room.Reply, error) {
	h, rn := s.Hub(), room.ParseRoomName(args[0])
	st := h.Lock()
	r := st.Rooms.ByID[rn.Identity.Key.Room()]
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
