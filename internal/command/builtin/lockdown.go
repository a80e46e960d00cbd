package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"lockdown"}, Params: []string{"[on|off]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{"admit only keys that were here before", "只允许以前来过的密钥进入", "只允許以前來過的金鑰進入"},
		Explanation: i18n.Words{
			"Admits only keys that were here before. Without on or off it shows the state.",
			"只允许以前来过的密钥进入。不写 on 或 off 则显示当前状态。",
			"只允許以前來過的金鑰進入。不寫 on 或 off 則顯示目前狀態。",
		},
		Example: "lockdown on",
		Run:     lockdown,
	})
}

// lockdown implements /lockdown: it shows or sets who may enter.
func lockdown(s *command.Runner, args []string) (room.Reply, error) {
	on := s.Hub().Settings().Lockdown
	told := reply.LockdownOff
	switch {
	case len(args) == 0 && on:
		return room.NewNotice(reply.LockdownOn), nil
	case len(args) == 0:
		return room.NewNotice(reply.NotLockedDown), nil
	case args[0] == "on":
		on, told = true, reply.LockdownOn
	case args[0] == "off":
		on = false
	default:
		return nil, reply.Refuse(reply.Usage, "/lockdown on|off")
	}
	changeHubSettings(s, "lockdown", args[0], func(o *moderation.Settings) { o.Lockdown = on }, told)
	return room.NewNotice(reply.Done), nil
}
