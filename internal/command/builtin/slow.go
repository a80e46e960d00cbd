package builtin

import (
	"strconv"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/duration"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"slow"}, Params: []string{"[SECONDS]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{
			"set the seconds between messages; 0 is off",
			"设置发言间隔秒数，0 为关闭",
			"設定發言間隔秒數，0 為關閉",
		},
		Explanation: i18n.Words{
			"Limits everyone to one message in so many seconds. 0 turns this off. Without a number it shows the limit.",
			"限制每人每隔若干秒只能发送一条消息。0 为关闭；不写数字则显示当前设置。",
			"限制每人每隔若干秒只能傳送一則訊息。0 為關閉；不寫數字則顯示目前設定。",
		},
		Example: "slow 10",
		Run:     slow,
	})
}

// slow implements /slow: it shows or sets slow mode.
func slow(s *command.Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		now := slowModeSentence(s.Hub().Settings().SlowSeconds)
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
	told := slowModeSentence(n)
	changeHubSettings(s, "slow", seconds, func(o *moderation.Settings) { o.SlowSeconds = n }, told.Code, told.Args...)
	return room.NewNotice(reply.Done), nil
}

// slowModeSentence describes slow mode.
func slowModeSentence(seconds int) reply.Sentence {
	if seconds == 0 {
		return reply.Say(reply.SlowOff)
	}
	return reply.Say(reply.SlowOn, seconds)
}
