package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"nick", "rename"}, PipeName: "rename", Params: []string{"NAME"}, MinParams: 1,
		Syntaxes: command.PipeSyntax | command.SlashSyntax, Visibility: command.Visible, Verbatim: true,
		Help: i18n.Words{"change your name", "更改名字", "變更名字"},
		Explanation: i18n.Words{
			"Changes your name. If you have a key and nobody owns the name, it becomes yours.",
			"更改名字。用密钥登录时，没有主人的名字会归您所有。",
			"變更名字。用金鑰登入時，沒有主人的名字會歸您所有。",
		},
		Example:  "nick 小明",
		Complete: command.CompleteNothing,
		Run:      nick,
	})
}

// nick implements /nick.
func nick(s *command.Runner, args []string) (room.Reply, error) { return s.Rename(args[0]) }
