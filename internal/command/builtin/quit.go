package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names:    []string{"quit", "exit"},
		Syntaxes: command.SlashSyntax, Visibility: command.NotVisible,
		Help: i18n.Words{"leave", "离开", "離開"},
		Explanation: i18n.Words{
			"Ends your session, as ^D does.",
			"结束您的连接，按 ^D 也可以。",
			"結束您的連線，按 ^D 也可以。",
		},
		Example: "quit",
		Run:     quit,
	})
}

// quit implements /quit.
func quit(s *command.Runner, _ []string) (room.Reply, error) {
	s.Leave(room.Quit)
	return nil, nil
}
