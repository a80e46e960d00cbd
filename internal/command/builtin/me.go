package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"me"}, Params: []string{"TEXT"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.Visible,
		Help: i18n.Words{
			"describe what you do, as in /me waves",
			"描述您的动作，例如 /me 挥手",
			"描述您的動作，例如 /me 揮手",
		},
		Explanation: i18n.Words{
			"Tells everyone in the room what you do, as a narrator would.",
			"以旁白的方式告诉大家您在做什么。",
			"以旁白的方式告訴大家您在做什麼。",
		},
		Example: "me pours tea",
		Run:     me,
	})
}

// me implements /me.
func me(s *command.Runner, args []string) (room.Reply, error) { return nil, s.SayAs(args[0], true) }
