package command

import (
	"strconv"
	"time"

	"teahouse/internal/duration"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

// slow implements /slow: it shows or sets slow mode.
func slow(s *Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		now := room.SlowModeSentence(s.hub.Settings().SlowSeconds)
		return room.NewNotice(now.Code, now.Args...), nil
	}
	seconds := args[0]
	if seconds == "off" {
		seconds = "0"
	}
	if d, err := duration.Parse(seconds); err == nil && d%time.Second == 0 {
		seconds = strconv.Itoa(int(d / time.Second))
	}
	n, err := parseNumber(seconds, 0, 0, moderation.MaxSlowSeconds)
	if err != nil {
		return nil, err
	}
	told := room.SlowModeSentence(n)
	changeHubSettings(s, "slow", seconds, func(o *moderation.Settings) { o.SlowSeconds = n }, told.Code, told.Args...)
	return room.NewNotice(reply.Done), nil
}
