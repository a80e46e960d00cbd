package room

import "teahouse/internal/reply"

// A HistoryPage holds messages from the past: the answer to /history, /search and /more.
type HistoryPage struct {
	replied
	Messages []*Event
	Unstored map[*Event]bool // messages that should be stored by now but are not; kept here because events are shared
	Full     bool            // show messages without leaving anything out
	More     int             // how many more messages were found
	Backward bool            // the further messages are earlier ones
}

func (p *HistoryPage) size() (items int, messages []*Event) { return 0, p.Messages }

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
