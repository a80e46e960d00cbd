package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"unban"}, Params: []string{"NAME"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.OperatorVisible, Group: command.GroupOperators, Operator: true,
		Help:        i18n.Words{"lift a ban", "解除封禁", "解除封鎖"},
		Explanation: i18n.Words{"Lifts a ban.", "解除封禁。", "解除封鎖。"},
		Example:     "unban bob",
		Run:         unban,
	})
}

// unban implements /unban.
func unban(s *command.Runner, args []string) (room.Reply, error) {
	return liftPenalties(s, banList, "unban", args[0], reply.BannedNoMore)
}
