package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"free"}, Params: []string{"NAME"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{"free a name that someone owns", "收回一个名字", "收回一個名字"},
		Explanation: i18n.Words{
			"Takes a name from its key. The next person with a key who uses the name owns it.",
			"收回某把密钥的名字。之后第一个用密钥登录并使用它的人成为主人。",
			"收回某把金鑰的名字。之後第一個用金鑰登入並使用它的人成為主人。",
		},
		Example:      "free bob",
		RunConfirmed: free,
	})
}

// free implements /free: an operator takes a name from its owner. A user who has the
// name keeps it for now.
func free(s *command.Runner, args []string, sure bool) (room.Reply, error) {
	id, err := names.Check(args[0])
	if err != nil {
		return nil, err
	}
	st := s.Hub().Lock()
	_, o := st.Names.Owners(id, "")
	switch {
	case o == nil:
		st.Unlock()
		return nil, reply.Refuse(reply.NobodysName, text.Clean(args[0]))
	case !sure:
		defer st.Unlock()
		return nil, reply.Refuse(reply.ConfirmFree, o.Name, reply.Moment(o.LastUsed), o.Name)
	}
	st.Names.Revoke(o)
	if u := st.Online.ByPerson[o.Person]; u != nil {
		who := *u.Info()
		who.Verified = st.Names.Owns(o.Person, u.Identity)
		st.SetUserInfo(u, &who)
		if u.Terminal != nil && u.Identity.LooksLike(o.Identity()) {
			u.Terminal.Post(room.NewNotice(reply.NameNoLongerYours, o.Name)) // OnLost has told about other names
		}
	}
	st.Unlock()
	s.Audit("free", withAccount(o.Name, o.Person), "")
	return room.NewNotice(reply.NameReleased, o.Name), nil
}
