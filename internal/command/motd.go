package command

import (
	"cmp"

	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

// motd implements /motd: it shows, or sets, the message that everybody reads on entering.
func motd(s *Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		return showOrNone(s.hub.Settings().Motd, reply.MotdLine, reply.NoMotd)
	}
	text, err := operatorText(s, args[0], moderation.MaxMotdBytes)
	if err != nil {
		return nil, err
	}
	changeHubSettings(s, "motd", cmp.Or(text, "off"), func(o *moderation.Settings) { o.Motd = text }, "")
	return room.NewNotice(reply.Done), nil
}
