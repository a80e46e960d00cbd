package command

import (
	"strconv"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/room"
)

// maxHistoryLines is how many lines /history N shows at most.
const maxHistoryLines = 100

func runHistory(s *Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		return showHistory(s, "")
	}
	return showHistory(s, args[0])
}

// showHistory implements /history N, /history since TIME and /history NAME.
func showHistory(s *Runner, what string) (room.Reply, error) {
	if s.hub.HistoryLimits.Lines <= 0 {
		return nil, reply.Refuse(reply.NothingKept)
	}
	said := s.PastLines()
	if n, err := strconv.Atoi(what); what == "" || err == nil {
		if what == "" {
			n = room.PageLines
		}
		if n < 1 {
			return nil, reply.Refuse(reply.InvalidNumber, 1, s.hub.HistoryLimits.Lines)
		}
		if s.OneShot { // returns everything at once
			said = said[max(0, len(said)-n):]
		}
		return showPage(s, said, true, min(n, maxHistoryLines))
	}
	if after, ok := strings.CutPrefix(what+" ", "since "); ok {
		since, err := room.ParseSince(strings.TrimSpace(after), time.Now())
		if err != nil {
			return nil, reply.Refuse(reply.InvalidTime)
		}
		said = said[room.FirstSince(said, since):]
		return showPage(s, said, false, room.PageLines)
	}
	key := names.Key(what)
	said = s.FilterLines(said, func(e *room.Event) bool { return key != "" && e.User.NameKey() == key })
	if words := strings.Fields(what); len(said) == 0 && len(words) > 1 && !isKnownName(s.hub, what) { // such as "joe 5", or "2 --json"
		return nil, reply.Refuse(reply.Usage, find("history", SlashSyntax).Usage(SlashSyntax))
	}
	return showPage(s, said, true, room.PageLines)
}

// isKnownName reports whether somebody has, or had, a name.
func isKnownName(h *room.Hub, name string) bool {
	if h.FindUser(name) != nil || h.Messages == nil {
		return h.FindUser(name) != nil
	}
	_, known := h.Messages.AccountByName(names.Key(name))
	return known
}
