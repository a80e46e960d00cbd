package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"say"}, Params: []string{"TEXT"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.Visible,
		Help: i18n.Words{"send a message to the room", "发送消息到房间", "傳送訊息到房間"},
		Explanation: i18n.Words{
			"Sends the text to everyone in the room. You can type it without /say, unless it begins with /.",
			"向房间里所有人发送消息。不以 / 开头的内容直接输入即可。",
			"向房間裡所有人傳送訊息。不以 / 開頭的內容直接輸入即可。",
		},
		ExecExplanation: i18n.Words{
			"Sends the text to everyone in the room. Without a text it sends standard input, as one message.",
			"向房间里所有人发送消息。不写内容时，把标准输入作为一条消息发送。",
			"向房間裡所有人傳送訊息。不寫內容時，把標準輸入當作一則訊息傳送。",
		},
		Example: "say hello",
		Run:     say,
	})
}

// say implements /say.
func say(s *command.Runner, args []string) (room.Reply, error) {
	return nil, s.Say(args[0])
}
