package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"deop"}, Params: []string{"NAME"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{"remove an operator", "撤销管理员", "撤銷管理員"},
		Explanation: i18n.Words{
			"Makes someone an ordinary user again.",
			"撤销某人的管理员身份。",
			"撤銷某人的管理員身分。",
		},
		Example: "deop bob",
		Run:     deop,
	})
}

// deop implements /deop. The last operator cannot be removed, because nobody could appoint another.
func deop(s *command.Runner, args []string) (room.Reply, error) {
	h := s.Hub()
	st := h.Lock()
	person, name, err := dismiss(st, s, args[0])
	u, still := st.Online.ByPerson[person], st.Moderation.IsOperator(person)
	st.Unlock()
	if err != nil {
		return nil, err
	}
	s.Audit("deop", withAccount(name, person), "")
	if still {
		return room.NewNotice(reply.OperatorStill, name), nil
	}
	if u != nil {
		if to := h.Recipient(u); to != nil && to != s.Session {
			to.Post(room.NewNotice(reply.NotOperatorNow))
		}
	}
	return room.NewNotice(reply.OperatorNoMore, name), nil
}

func dismiss(st *room.State, s *command.Runner, whom string) (person ids.Account, name string, err error) {
	person, name = findOperator(st, whom)
	switch {
	case !st.Moderation.IsOperator(s.Person): // another operator has just removed s
		err = reply.Refuse(reply.OperatorsOnly)
	case !st.Moderation.IsAppointed(person) && st.Moderation.IsOperator(person):
		err = reply.Refuse(reply.OperatorByFile, name)
	case !st.Moderation.IsAppointed(person):
		err = reply.Refuse(reply.IsNoOperator, text.Clean(whom))
	case person == s.Person && st.Moderation.IsLastOperator(person):
		err = reply.Refuse(reply.LastOperator, name)
	default:
		st.Moderation.Dismiss(person)
	}
	return person, name, err
}

// findOperator returns the person meant by the name of an operator: the person who has or
// owns the name; otherwise the last operator appointed under that name, or with that key.
func findOperator(st *room.State, whom string) (person ids.Account, name string) {
	person, name = st.People.Resolve(whom)
	if st.Moderation.IsOperator(person) {
		return person, name
	}
	if key, called := st.Moderation.FindAppointed(func(person ids.Account, name string) bool {
		return string(person) == whom || names.Key(name) == names.Key(whom)
	}); key != "" {
		return key, called
	}
	return person, name
}
