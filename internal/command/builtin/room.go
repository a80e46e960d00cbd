package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"room"}, Params: []string{"private|public"}, MinParams: 1,
		Syntaxes: command.SlashSyntax, Visibility: command.NotVisible, Group: command.GroupRooms,
		Help: i18n.Words{"make your room private or public", "把您的房间设为私人或公开", "把您的房間設為私人或公開"},
		Explanation: i18n.Words{
			"Makes your room private, so that only people you invite can enter, or public again.",
			"把您的房间设为私人（只有您邀请的人可以进入）或公开。",
			"把您的房間設為私人（只有您邀請的人可以進入）或公開。",
		},
		Example:      "room private",
		RunConfirmed: setRoomPrivacy,
	})
}

// setRoomPrivacy implements /room private and /room public. When a private room opens, its members
// are told: others will be able to read what is said there, and what was said before.
func setRoomPrivacy(s *command.Runner, args []string, sure bool) (room.Reply, error) {
	what := args[0]
	if what != "private" && what != "public" {
		return nil, reply.Refuse(reply.Usage, "/room private|public")
	}
	st := s.Hub().Lock()
	r := s.Room()
	opens := r.Private && what == "public"
	err := maySetPrivacy(st, s, r, opens, sure)
	if err == nil {
		st.Rooms.SetPrivate(r, what == "private")
	}
	st.Unlock()
	switch {
	case err != nil:
		return nil, err
	case opens:
		r.Announce(&room.UserInfo{}, reply.RoomPublic, r.Name)
		return nil, nil
	case what == "public":
		return room.NewNotice(reply.RoomPublic, r.Name), nil
	}
	return room.NewNotice(reply.RoomPrivate, r.Name), nil
}

// maySetPrivacy returns why s may not make a room private or public, or nil.
func maySetPrivacy(st *room.State, s *command.Runner, r *room.Room, opens, sure bool) error {
	switch {
	case st.Rooms.IsClosed(r):
		return reply.Refuse(reply.NoSuchRoom, r.Name)
	case r == st.Rooms.Lobby():
		return reply.Refuse(reply.LobbyIsForEveryone)
	case !st.Rooms.MayManage(s.Session, r):
		return reply.Refuse(reply.NotYourRoom, r.Name)
	case opens && !sure:
		return reply.Refuse(reply.ConfirmOpenRoom, r.Name)
	}
	return nil
}
