package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names:    []string{"back"},
		Syntaxes: command.SlashSyntax, Visibility: command.NotVisible,
		Help: i18n.Words{
			"mark yourself as back; any message does, too",
			"取消暂时离开，发送消息也可以",
			"取消暫時離開，傳送訊息也可以",
		},
		Explanation: i18n.Words{"Marks you as back.", "结束暂时离开。", "結束暫時離開。"},
		Example:     "back",
		Run:         back,
	})
}

// back implements /back.
func back(s *command.Runner, _ []string) (room.Reply, error) {
	if s.User.Away.Swap(nil) == nil {
		return room.NewNotice(reply.NotAway), nil
	}
	room.PublishUserChange(s.Session)
	return room.NewNotice(reply.BackNow), nil
}
