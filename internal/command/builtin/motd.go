package builtin

import (
	"cmp"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"motd"}, Params: []string{"[TEXT|off]"},
		Syntaxes: command.Anywhere, Visibility: command.OperatorVisible, Group: command.GroupOperators,
		Help: i18n.Words{"show or set the message of the day", "查看或设置公告", "查看或設定公告"},
		Explanation: i18n.Words{
			"Shows the message of the day. Operators can set it, or remove it with off.",
			"显示公告。管理员可以设置，或用 off 移除。",
			"顯示公告。管理員可以設定，或用 off 移除。",
		},
		Example: "motd",
		Run:     motd,
	})
}

// motd implements /motd: it shows, or sets, the message that everybody reads on entering.
func motd(s *command.Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		return showOrNone(s.Hub().Settings().Motd, reply.MotdLine, reply.NoMotd)
	}
	text, err := operatorText(s, args[0], moderation.MaxMotdBytes)
	if err != nil {
		return nil, err
	}
	changeHubSettings(s, "motd", cmp.Or(text, "off"), func(o *moderation.Settings) { o.Motd = text }, "")
	return room.NewNotice(reply.Done), nil
}
