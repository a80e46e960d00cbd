package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"join"}, Params: []string{"#ROOM"}, MinParams: 1,
		Syntaxes: command.SlashSyntax, Visibility: command.Visible,
		Help: i18n.Words{"go to a room, or create it", "进入房间，没有则创建", "進入房間，沒有則建立"},
		Explanation: i18n.Words{
			"Goes to a room. If it doesn't exist, this creates it, for which you need a key.",
			"进入房间。房间不存在时会创建，这需要密钥。",
			"進入房間。房間不存在時會建立，這需要金鑰。",
		},
		Example: "join #go",
		Run:     join,
	})
}

// join implements /join.
func join(s *command.Runner, args []string) (room.Reply, error) { return nil, s.Join(args[0]) }
