package command

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// maxSearchWords is how many different words a search may have.
const maxSearchWords = 10

func runSearch(s *Runner, args []string) (room.Reply, error) { return search(s, args[0]) }

// search implements /search WORDS: it finds lines that contain all of the words, in any case, width
// and spelling, also as parts of longer words.
func search(s *Runner, words string) (room.Reply, error) {
	if s.hub.HistoryLimits.Lines <= 0 {
		return nil, reply.Refuse(reply.NothingKept)
	}
	wanted := text.SearchWords(words)
	slices.Sort(wanted)
	if wanted = slices.Compact(wanted); len(wanted) > maxSearchWords {
		return nil, reply.Refuse(reply.TooManySearchWords, maxSearchWords)
	}
	if len(wanted) == 0 {
		return nil, reply.Refuse(reply.NothingFound)
	}
	return showPage(s, s.FilterLines(s.PastLines(), func(e *room.Event) bool {
		text := e.FoldedText().SearchText
		return !slices.ContainsFunc(wanted, func(w string) bool {
			s.AddWork(time.Duration(len(text)) * room.WorkPerKilobyte / 1024)
			return !strings.Contains(text, w)
		})
	}), true, room.PageLines)
}
