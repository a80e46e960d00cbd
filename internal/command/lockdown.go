package command

import (
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

// lockdown implements /lockdown: it shows or sets who may enter.
func lockdown(s *Runner, args []string) (room.Reply, error) {
	on := s.hub.Settings().Lockdown
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
