package builtin

import (
	"strconv"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"more"}, Params: []string{"[N]"},
		Syntaxes: command.SlashSyntax, Visibility: command.NotVisible, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{
			"show more results, or all of message N",
			"显示更多结果，或整条消息 N",
			"顯示更多結果，或整則訊息 N",
		},
		Explanation: i18n.Words{
			"Shows the next results of /history or /search. With a number it shows all of a long message.",
			"显示 /history 或 /search 的下一页。加上编号则显示整条长消息。",
			"顯示 /history 或 /search 的下一頁。加上編號則顯示整則長訊息。",
		},
		Example: "more 1042",
		Run:     more,
	})
}

// more implements /more, and /more N for a message of which a door has left out lines.
func more(s *command.Runner, args []string) (room.Reply, error) {
	if len(args) > 0 {
		return showFullMessage(s, args[0])
	}
	return s.ShowNextPage()
}

// showFullMessage returns a message in full after a door has left out some of its lines.
func showFullMessage(s *command.Runner, number string) (room.Reply, error) {
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return nil, reply.Refuse(reply.NoMessage, text.Clean(number))
	}
	e := room.MessageBySeq(s.Session, seq)
	if e == nil || s.Ignores(e) {
		return nil, reply.Refuse(reply.NoMessage, number)
	}
	messages := []*room.Event{e}
	return &command.HistoryPage{Messages: messages, Unstored: s.UnstoredLines(messages), Full: true}, nil
}
