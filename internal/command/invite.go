package command

import (
	"time"

	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// invite implements /invite: with a name, an invitation to the room that s looks at; without, for
// operators, a code that lets a key into the server for good.
func invite(s *Runner, args []string) (room.Reply, error) {
	switch {
	case len(args) > 0:
		return inviteToRoom(s, args[0])
	case !s.IsOperator():
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	h := s.hub
	st := h.Lock()
	code, now := room.NewCode(), time.Now()
	given := st.Moderation.Invite(code, moderation.Grant{By: s.UserInfo().Name, Key: s.Client.Fingerprint, Since: now, Until: now.Add(moderation.InvitationTTL)})
	st.Unlock()
	if !given {
		return nil, reply.Refuse(reply.TryLater)
	}
	s.Audit("invite", "", "")
	return room.NewNotice(reply.InviteCode, room.FormatCode(code), int(moderation.InvitationTTL.Hours()/24)), nil
}

// inviteToRoom implements /invite NAME: it lets somebody into the room that s looks at.
func inviteToRoom(s *Runner, name string) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	r := s.Room()
	person, spelled := st.People.Resolve(name)
	u := st.Online.ByName[names.Key(name)]
	switch {
	case r == st.Rooms.Lobby() && s.OneShot:
		return nil, reply.Refuse(reply.InviteNeedsRoomFlag, text.Clean(name))
	case r == st.Rooms.Lobby():
		return nil, reply.Refuse(reply.InviteNeedsRoom)
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
		r.Invited[person] = spelled
		st.Rooms.Save(r)
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
