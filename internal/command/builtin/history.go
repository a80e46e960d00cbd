package builtin

import (
	"strconv"
	"strings"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/duration"
	"teahouse/internal/eventlog"
	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"history"}, Params: []string{"[N|since TIME|NAME]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{"show earlier messages", "查看以前的消息", "查看以前的訊息"},
		Explanation: i18n.Words{
			"Shows the last messages: a number of them, those since a time, or those of one person.",
			"显示最近的消息：若干条、某个时间以来的，或某个人的。",
			"顯示最近的訊息：若干則、某個時間以來的，或某個人的。",
		},
		Example: "history since 2h",
		Run:     history,
	})
}

// maxHistoryLines is how many lines /history N shows at most.
const maxHistoryLines = 100

// history implements /history N, /history since TIME and /history NAME.
func history(s *command.Runner, args []string) (room.Reply, error) {
	what := ""
	if len(args) > 0 {
		what = args[0]
	}
	if s.Hub().Config().HistoryLimits.Lines <= 0 {
		return nil, reply.Refuse(reply.NothingKept)
	}
	said := room.PastLines(s.Session)
	if n, err := strconv.Atoi(what); what == "" || err == nil {
		if what == "" {
			n = eventlog.PageLines
		}
		if n < 1 {
			return nil, reply.Refuse(reply.InvalidNumber, 1, s.Hub().Config().HistoryLimits.Lines)
		}
		if s.OneShot { // returns everything at once
			said = said[max(0, len(said)-n):]
		}
		return s.ShowPage(said, true, min(n, maxHistoryLines))
	}
	if after, ok := strings.CutPrefix(what+" ", "since "); ok {
		since, err := duration.ParseSince(strings.TrimSpace(after), time.Now())
		if err != nil {
			return nil, reply.Refuse(reply.InvalidTime)
		}
		said = said[eventlog.FirstSince(said, since):]
		return s.ShowPage(said, false, eventlog.PageLines)
	}
	key := names.Key(what)
	said = room.FilterLines(s.Session, said, func(e *room.Event) bool { return key != "" && e.User.NameKey() == key })
	if words := strings.Fields(what); len(said) == 0 && len(words) > 1 && !isKnownName(s.Hub(), what) { // such as "joe 5", or "2 --json"
		return nil, reply.Refuse(reply.Usage, command.Find("history", command.SlashSyntax).Usage(command.SlashSyntax))
	}
	return s.ShowPage(said, true, eventlog.PageLines)
}

// isKnownName reports whether somebody has, or had, a name.
func isKnownName(h *room.Hub, name string) bool {
	if h.FindUser(name) != nil || h.Config().Messages == nil {
		return h.FindUser(name) != nil
	}
	_, known := h.Config().Messages.AccountByName(names.Key(name))
	return known
}
