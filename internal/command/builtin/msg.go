package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"msg", "to"}, PipeName: "to", Params: []string{"NAME", "TEXT"}, MinParams: 1,
		Syntaxes: command.PipeSyntax | command.Anywhere, Visibility: command.Visible, Private: true,
		Help: i18n.Words{"send a private message", "发送私聊消息", "傳送私訊"},
		Explanation: i18n.Words{
			"Sends the text to one person. Without a text, all that you type goes to them until /done. Put a name with spaces in double quotes. If they are offline and have a key, they read it later.",
			"只向一个人发送消息。不写内容时，之后的消息都发给对方，直到 /done。名字里有空格时请加双引号。有密钥的人不在线时，上线后可以读到。",
			"只向一個人傳送訊息。不寫內容時，之後的訊息都傳給對方，直到 /done。名字裡有空格時請加雙引號。有金鑰的人不在線上時，上線後可以讀到。",
		},
		ExecExplanation: i18n.Words{
			"Sends the text to one person. If they are offline and have a key, they read it later.",
			"只向一个人发送消息。有密钥的人不在线时，上线后可以读到。",
			"只向一個人傳送訊息。有金鑰的人不在線上時，上線後可以讀到。",
		},
		Example: "msg bob tea at six?",
		Run:     msg,
	})
}

// msg implements /msg.
func msg(s *command.Runner, args []string) (room.Reply, error) {
	switch {
	case len(args) > 1:
		return private.Send(s.Session, args[0], args[1])
	case s.Client.Terminal:
		return talkTo(s, args[0])
	case s.OneShot:
		return nil, reply.Refuse(reply.Usage, "to NAME TEXT")
	}
	return nil, reply.Refuse(reply.MessageFormat)
}

// talkTo sends everything that s says to one person, until /done.
func talkTo(s *command.Runner, name string) (room.Reply, error) {
	u := room.FindUser(s.Session, name)
	if u == nil {
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	}
	to := u.Info().Name
	s.SetRecipient(to)
	return room.NewNotice(reply.TalkingTo, to), nil
}
