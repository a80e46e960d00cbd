package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"forget"}, Params: []string{"me|NAME"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Scan: ratelimit.ScanStore,
		Help: i18n.Words{"delete your messages", "删除您的消息", "刪除您的訊息"},
		Explanation: i18n.Words{
			"Deletes your messages, from the room and the store, and what you typed. Operators can delete anyone's, by name.",
			"删除您的消息，包括存储中的副本和您输入过的内容。管理员可以按名字删除任何人的消息。",
			"刪除您的訊息，包括儲存空間中的副本和您輸入過的內容。管理員可以按名字刪除任何人的訊息。",
		},
		Example:      "forget me",
		RunConfirmed: forget,
	})
}

// forget implements /forget me and, for operators, /forget NAME.
func forget(s *command.Runner, args []string, sure bool) (room.Reply, error) {
	whom, who := args[0], s.UserInfo()
	if whom != "me" {
		var err error
		if who, err = forgetTarget(s, whom); err != nil {
			return nil, err
		}
	}
	if who.Person == "" {
		return nil, reply.Refuse(reply.ForgetNeedsKey)
	}
	switch {
	case sure:
	case whom == "me":
		return nil, reply.Refuse(reply.ConfirmForget)
	default:
		return nil, reply.Refuse(reply.ConfirmForgetName, who.Name, who.Name)
	}
	s.Hub().EraseInputHistory(who.Person)
	if s.Hub().Config().Messages == nil {
		return nil, reply.Refuse(reply.NothingKept)
	}
	for _, id := range s.Hub().PersonIDs(who.Person) {
		forgotten := *who
		forgotten.Person = id
		if err := room.EraseMessages(s.Session, &forgotten); err != nil {
			return nil, err
		}
	}
	if whom != "me" {
		s.Audit("forget", withAccount(who.Name, who.Person), "")
	}
	return room.NewNotice(reply.Forgotten, who.Name), nil
}

// forgetTarget returns the person with a name, for an operator.
func forgetTarget(s *command.Runner, name string) (*room.UserInfo, error) {
	h, spoke := s.Hub(), lastLineBy(s, name)
	st := h.Lock()
	defer st.Unlock()
	if !st.Moderation.IsOperator(s.Person) {
		return nil, reply.Refuse(reply.ForgetMeOnly)
	}
	who := &room.UserInfo{}
	if u := st.Online.ByName[names.Key(name)]; u != nil {
		who = u.Info()
	} else if person, spelled, err := resolveAbsent(st, name, spoke); err == nil {
		who = &room.UserInfo{Name: spelled, Person: person}
	}
	if who.Person == "" {
		return nil, reply.Refuse(reply.NoKeyKnown, text.Clean(name))
	}
	return who, nil
}
