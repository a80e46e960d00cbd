package builtin

import (
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/onetimecode"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"invite"}, Params: []string{"[NAME]"},
		Syntaxes: command.Anywhere, Visibility: command.Visible, Group: command.GroupRooms,
		Help: i18n.Words{"invite someone to the room", "邀请某人到房间", "邀請某人到房間"},
		Explanation: i18n.Words{
			"Invites someone to the room that you are in. Without a name, operators get a code that admits one key to the server.",
			"邀请某人到您所在的房间。管理员不写名字时得到一个邀请码，让一把密钥可以进入。",
			"邀請某人到您所在的房間。管理員不寫名字時得到一個邀請碼，讓一把金鑰可以進入。",
		},
		ExecExplanation: i18n.Words{
			"Invites someone to the room given by --room. Without a name, operators get a code that admits one key to the server.",
			"邀请某人到 --room 指定的房间。管理员不写名字时得到一个邀请码，让一把密钥可以进入。",
			"邀請某人到 --room 指定的房間。管理員不寫名字時得到一個邀請碼，讓一把金鑰可以進入。",
		},
		Example: "invite",
		Run:     invite,
	})
}

// invite implements /invite: with a name, an invitation to the room that s looks at; without, for
// operators, a code that lets a key into the server for good.
func invite(s *command.Runner, args []string) (room.Reply, error) {
	switch {
	case len(args) > 0:
		return inviteToRoom(s, args[0])
	case !s.IsOperator():
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	st := s.Hub().Lock()
	code, now := onetimecode.New(), time.Now()
	given := st.Moderation.Invite(code, moderation.Grant{By: s.UserInfo().Name, Key: s.Client.Fingerprint, Since: now, Until: now.Add(moderation.InvitationTTL)})
	st.Unlock()
	if !given {
		return nil, reply.Refuse(reply.TryLater)
	}
	s.Audit("invite", "", "")
	return room.NewNotice(reply.InviteCode, onetimecode.Format(code), int(moderation.InvitationTTL.Hours()/24)), nil
}

// inviteToRoom implements /invite NAME: it lets somebody into the room that s looks at.
func inviteToRoom(s *command.Runner, name string) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	r := s.Room()
	person, spelled := st.People.Resolve(name)
	u := st.Online.ByName[names.Key(name)]
	switch {
	case r == st.Rooms.Lobby() && s.OneShot:
		return nil, reply.Refuse(reply.InviteNeedsRoomFlag, text.Clean(name))
	case r == st.Rooms.Lobby():
		return nil, reply.Refuse(reply.InviteNeedsRoom)
	case st.Rooms.IsClosed(r):
		return nil, reply.Refuse(reply.NoSuchRoom, r.Name)
	case !st.Rooms.MayManage(s.Session, r) && r.Private:
		return nil, reply.Refuse(reply.NotYourRoom, r.Name)
	case u == nil && person == "":
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	case person == "" && r.Private:
		return nil, reply.Refuse(reply.NoKeyKnown, text.Clean(name))
	case r.Private && len(r.Invited) >= room.MaxInvited:
		return nil, reply.Refuse(reply.TooManyInvited, room.MaxInvited)
	}
	if err := st.Access.MaySpeak(s.Session); err != nil { // the invitation contains the room's name
		return nil, err
	}
	if r.Private {
		st.Rooms.Invite(r, person, spelled)
	}
	if u != nil && u.Terminal != nil {
		spelled = u.Info().Name
		e := room.NewNotice(reply.InvitedTo, s.UserInfo().Name, r.Name, r.Name)
		e.User = s.UserInfo()
		if !u.Terminal.IgnoresUser(e.User) {
			u.Terminal.Post(e)
		}
	}
	return room.NewNotice(reply.InvitedNow, spelled, r.Name), nil
}
