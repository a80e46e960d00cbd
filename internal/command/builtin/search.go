package builtin

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/eventlog"
	"teahouse/internal/i18n"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"search"}, Params: []string{"WORDS"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{"find messages that contain these words", "搜索含有这些词的消息", "搜尋含有這些詞的訊息"},
		Explanation: i18n.Words{
			"Shows the messages that contain all of these words.",
			"显示含有所有这些词的消息。",
			"顯示含有所有這些詞的訊息。",
		},
		Example: "search tea six",
		Run:     search,
	})
}

// maxSearchWords is how many different words a search may have.
const maxSearchWords = 10

// search implements /search WORDS: it finds lines that contain all of the words, in any case, width
// and spelling, also as parts of longer words.
func search(s *command.Runner, args []string) (room.Reply, error) {
	if s.Hub().Config().HistoryLimits.Lines <= 0 {
		return nil, reply.Refuse(reply.NothingKept)
	}
	wanted := text.SearchWords(args[0])
	slices.Sort(wanted)
	if wanted = slices.Compact(wanted); len(wanted) > maxSearchWords {
		return nil, reply.Refuse(reply.TooManySearchWords, maxSearchWords)
	}
	if len(wanted) == 0 {
		return nil, reply.Refuse(reply.NothingFound)
	}
	return s.ShowPage(room.FilterLines(s.Session, room.PastLines(s.Session), func(e *room.Event) bool {
		text := e.FoldedText().SearchText
		return !slices.ContainsFunc(wanted, func(w string) bool {
			s.Meter.AddWork(time.Duration(len(text)) * ratelimit.WorkPerKilobyte / 1024)
			return !strings.Contains(text, w)
		})
	}), true, eventlog.PageLines)
}
