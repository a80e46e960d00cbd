package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"reply"}, Params: []string{"TEXT"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.Visible, Private: true,
		Help: i18n.Words{"answer the last private message", "回复最近一条私聊消息", "回覆最近一則私訊"},
		Explanation: i18n.Words{
			"Sends the text to the last person who sent you a private message.",
			"回复最近一位给您发私聊消息的人。",
			"回覆最近一位傳私訊給您的人。",
		},
		Example: "reply yes, gladly",
		Run:     replyToLast,
	})
}

// replyToLast implements /reply: it sends a private message to whoever sent the last one to s's
// person, under whatever name they have now.
func replyToLast(s *command.Runner, args []string) (room.Reply, error) {
	teller := s.User.LastSender.Load()
	if teller == nil {
		return nil, reply.Refuse(reply.NobodyToReply)
	}
	st := s.Hub().Lock()
	u := st.Online.AsOf(teller)
	st.Unlock()
	message := private.NewMessage(s.Session, args[0])
	if u != nil {
		if sent, err := message.SendTo(u); sent != nil || err != nil {
			return sent, err
		}
	}
	if stored := s.Hub().Config().Messages; teller.Person != "" && stored != nil {
		if person, ok := stored.Account(teller.Person); ok {
			return message.SendOffline(person)
		}
	}
	return nil, reply.Refuse(reply.SenderLeft, teller.Name)
}
