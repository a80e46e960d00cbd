package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"enter"}, Params: []string{"CODE"}, MinParams: 1,
		Syntaxes: command.ExecSyntax, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help: i18n.Words{
			"admit your key with an operator's code",
			"使用管理员给的代码，让您的密钥可以进入",
			"使用管理員給的代碼，讓您的金鑰可以進入",
		},
		Explanation: i18n.Words{
			"Admits your key to a server that is closed to it, with a code from an operator.",
			"使用管理员给您的代码，让您的密钥可以进入这台服务器。",
			"使用管理員給您的代碼，讓您的金鑰可以進入這台伺服器。",
		},
		Example: "enter ABCD-EFGH-JKLM-NPQR",
		Run:     enter,
	})
}

// enter implements enter CODE for somebody who may enter anyway. For others the door calls
// [room.Hub.Redeem].
func enter(s *command.Runner, args []string) (room.Reply, error) {
	if err := s.Hub().RedeemWithoutWaiting(s.Context(), s.Client, args[0]); err != nil {
		return nil, err
	}
	return room.NewNotice(reply.KeyAdmitted), nil
}
