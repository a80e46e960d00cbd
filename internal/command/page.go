package command

import (
	"time"

	"teahouse/internal/event"
	"teahouse/internal/eventlog"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/room"
)

// A HistoryPage holds messages from the past: the answer to /history, /search and /more.
type HistoryPage struct {
	room.PlainReply
	Messages []*room.Event
	Unstored map[*room.Event]bool // messages that should be stored by now but are not; kept here because events are shared
	Full     bool                 // show messages without leaving anything out
	More     int                  // how many more messages were found
	Backward bool                 // the further messages are earlier ones
}

func (p *HistoryPage) Cost() (items int, messages []*room.Event) { return 0, p.Messages }

// Rest says that more messages were found. The sentence has no code if there are none.
func (p *HistoryPage) Rest() reply.Sentence {
	switch {
	case p.More == 0:
		return reply.Sentence{}
	case p.Backward:
		return reply.Say(reply.EarlierLines, p.More)
	}
	return reply.Say(reply.LaterLines, p.More)
}

// searchResults holds the lines that a session has found but not been shown yet. It keeps their
// sequence numbers rather than the lines, which the room may forget: otherwise many sessions could
// each keep different lines in memory.
type searchResults struct {
	room     *room.Room
	firstSeq uint64   // the sequence number of the first line
	offsets  []uint32 // for each line, its sequence number minus firstSeq
	backward bool     // the next page is the end of the list
}

func newSearchResults(r *room.Room, lines []*room.Event, backward bool) searchResults {
	if len(lines) == 0 {
		return searchResults{}
	}
	f := searchResults{room: r, firstSeq: lines[0].Seq, offsets: make([]uint32, len(lines)), backward: backward}
	for i, e := range lines {
		f.offsets[i] = uint32(e.Seq - f.firstSeq)
	}
	return f
}

// stillIn returns the lines that the room still remembers.
func (r *searchResults) stillIn(said []*room.Event) (lines []*room.Event) {
	for _, after := range r.offsets {
		at, ok := event.FindSeq(said, r.firstSeq+uint64(after))
		if said = said[at:]; ok {
			lines = append(lines, said[0])
		}
	}
	return lines
}

// UnstoredLines returns the lines that should be stored by now but are not. Lines from other nodes
// are stored by those nodes.
func (s *Runner) UnstoredLines(lines []*room.Event) (unstored map[*room.Event]bool) {
	if s.Hub().Config().Messages == nil {
		return nil
	}
	stored := s.Hub().Config().Messages.StoredUpTo(s.Room().ID)
	for _, e := range lines {
		if e.Peer == "" && e.Seq > stored && time.Since(e.Time) > room.StoreTimeout {
			if unstored == nil {
				unstored = map[*room.Event]bool{}
			}
			unstored[e] = true
		}
	}
	return unstored
}

// ShowPage returns the first page of what was found, of most lines at most. A one-shot session gets
// everything.
func (s *Runner) ShowPage(lines []*room.Event, backward bool, most int) (room.Reply, error) {
	s.results = searchResults{}
	if len(lines) == 0 {
		return nil, reply.Refuse(reply.NothingFound)
	}
	p := &HistoryPage{Messages: lines, Backward: backward}
	if n, page := len(lines), eventlog.PageLength(lines, most, backward); !s.OneShot && n > page {
		rest := lines[page:]
		p.Messages, p.More = lines[:page], n-page
		if backward {
			rest, p.Messages = lines[:n-page], lines[n-page:]
		}
		s.results = newSearchResults(s.Room(), rest, backward)
	}
	p.Unstored = s.UnstoredLines(p.Messages)
	return p, nil
}

// ShowNextPage returns the page after the one that was shown last, of what the room still remembers.
func (s *Runner) ShowNextPage() (room.Reply, error) {
	var lines []*room.Event
	if s.results.room == s.Room() {
		s.Meter.AddWork(time.Duration(len(s.results.offsets)) * ratelimit.WorkPerLine)
		lines = s.results.stillIn(room.PastLines(s.Session))
	}
	if len(lines) == 0 {
		return nil, reply.Refuse(reply.NoMore)
	}
	return s.ShowPage(lines, s.results.backward, eventlog.PageLines)
}
