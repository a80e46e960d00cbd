package builtin

import (
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/onetimecode"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"op"}, Params: []string{"NAME|CODE"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators,
		Help: i18n.Words{
			"make someone an operator, or become the first",
			"任命管理员，或成为首位管理员",
			"任命管理員，或成為首位管理員",
		},
		Explanation: i18n.Words{
			"Makes someone with a key an operator. The first operator uses the code in the server's log.",
			"让有密钥的人成为管理员。首位管理员使用服务器日志里的代码。",
			"讓有金鑰的人成為管理員。首位管理員使用伺服器日誌裡的代碼。",
		},
		Example: "op bob",
		Run:     op,
	})
}

// op implements /op NAME and /op CODE.
func op(s *command.Runner, args []string) (room.Reply, error) {
	h := s.Hub()
	st := h.Lock()
	first, err := redeemOperatorCode(st, s, args[0])
	person, name := s.Person, s.UserInfo().Name
	if !first && err == nil {
		person, name, err = makeOperator(st, s, args[0])
	}
	u := st.Online.ByPerson[person]
	st.Unlock()
	switch {
	case err != nil:
		return nil, err
	case first:
		s.Audit("op", withAccount(name, person), "by the code in the log")
		return room.NewNotice(reply.YouAreOperator), nil
	}
	s.Audit("op", withAccount(name, person), "")
	if u != nil {
		if to := h.Recipient(u); to != nil && to != s.Session {
			to.Post(room.NewNotice(reply.YouAreOperator))
		}
	}
	return room.NewNotice(reply.MadeOperator, name), nil
}

// makeOperator makes the person with a name an operator, if s is one.
func makeOperator(st *room.State, s *command.Runner, whom string) (person ids.Account, name string, err error) {
	person, name = st.People.Resolve(whom)
	switch {
	case person == "" && onetimecode.Pattern.MatchString(whom):
		return "", "", reply.Refuse(reply.NoOpCode)
	case !st.Moderation.IsOperator(s.Person):
		return "", "", reply.Refuse(reply.OperatorsOnly)
	case person == "":
		return "", "", reply.Refuse(reply.NoKeyKnown, text.Clean(whom))
	case !st.Moderation.Appoint(person, moderation.Grant{Name: name, By: s.UserInfo().Name, Since: time.Now()}):
		return "", "", reply.Refuse(reply.TooManyPenalties, moderation.MaxOperators)
	}
	return person, name, nil
}

// redeemOperatorCode makes s the first operator, with the code from the log. It returns false
// if the code is a different one.
func redeemOperatorCode(st *room.State, s *command.Runner, code string) (bool, error) {
	switch {
	case !st.Moderation.IsOperatorCode(onetimecode.Normalize(code)):
		return false, nil
	case s.Person == "":
		return false, reply.Refuse(reply.NeedKey)
	}
	st.Moderation.RedeemOperatorCode(s.Person, moderation.Grant{Name: s.UserInfo().Name, By: "the code in the log", Since: time.Now()})
	return true, nil
}
