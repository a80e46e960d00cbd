package room

import "teahouse/internal/reply"

// A HistoryPage is what was said before, as /history, /search and /more answer.
type HistoryPage struct {
	replied
	Messages []*Event
	Unstored map[*Event]bool // those that should be stored by now and are not; not a mark in the events, which are shared
	Full     bool            // messages are to be shown without leaving anything out
	More     int             // how many more messages were found
	Backward bool            // these are earlier ones
}

func (p *HistoryPage) size() (items int, messages []*Event) { return 0, p.Messages }

// Rest says that more messages were found; it has no code where there are none.
func (p *HistoryPage) Rest() reply.Sentence {
	switch {
	case p.More == 0:
		return reply.Sentence{}
	case p.Backward:
		return reply.Say(reply.EarlierLines, p.More)
	}
	return reply.Say(reply.LaterLines, p.More)
}
