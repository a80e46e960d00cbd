package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"unmute"}, Params: []string{"NAME"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.OperatorVisible, Group: command.GroupOperators, Operator: true,
		Help:        i18n.Words{"lift a mute", "解除禁言", "解除禁言"},
		Explanation: i18n.Words{"Lifts a mute.", "解除禁言。", "解除禁言。"},
		Example:     "unmute bob",
		Run:         unmute,
	})
}

// unmute implements /unmute.
func unmute(s *command.Runner, args []string) (room.Reply, error) {
	return liftPenalties(s, muteList, "unmute", args[0], reply.MutedNoMore)
}
