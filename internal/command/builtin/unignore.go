package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"unignore"}, Params: []string{"NAME"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible,
		Help:        i18n.Words{"show someone's messages again", "不再屏蔽某人", "不再忽略某人"},
		Explanation: i18n.Words{"Shows this person's messages again.", "重新看到此人的消息。", "重新看到此人的訊息。"},
		Example:     "unignore bob",
		Run:         unignore,
	})
}

// unignore implements /unignore.
func unignore(s *command.Runner, args []string) (room.Reply, error) {
	return changeIgnoreList(s, args[0], false)
}
