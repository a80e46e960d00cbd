package room

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// ContinuationMark begins the lines of a message after its first, where a door shows it in
	// several. In talk ╏ stands in its place, so that nobody can type one.
	ContinuationMark = "╎"

	// ActionNameOpen and ActionNameClose stand around the name of who does something. No name
	// has them, nor does anything look like them at its beginning: so no line of
	// talk, which begins with a name, begins as an action does; and where there is
	// one, everybody sees where its name ends.
	ActionNameOpen, ActionNameClose = "‹", "›"

	// lineBreakMark stands for a line break where a message has to be one line.
	lineBreakMark = " ⏎ "
)

// Plain returns the text of a [Said] or [DirectMessage] event as one line, for the doors and
// programs that know nothing else: a message of several lines cannot look like
// several messages there. What somebody does stands between stars.
func (e *Event) Plain() string {
	text := e.Text
	if strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\n", lineBreakMark)
	}
	if e.Action {
		return "*" + text + "*"
	}
	return text
}

// showFullMessage answers with a message that a door has shown without some of its lines.
func (s *Session) showFullMessage(number string) (Reply, error) {
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return nil, reply.Refuse(reply.NoMessage, text.Clean(number))
	}
	e := s.messageBySeq(seq)
	if e == nil || s.ignores(e) {
		return nil, reply.Refuse(reply.NoMessage, number)
	}
	messages := []*Event{e}
	return &HistoryPage{Messages: messages, Unstored: s.unstoredLines(messages), Full: true}, nil
}

// messageBySeq returns what was said with a sequence number: what the room remembers
// or, where it is to remember nothing, what s has read lately; or nil.
func (s *Session) messageBySeq(seq uint64) *Event {
	if s.hub.HistoryLimits.Lines <= 0 {
		e := s.room().slot(seq).Load()
		if e == nil || e.Seq != seq || e.Kind != Said || seq <= s.joinSeq || s.oneShot {
			return nil
		}
		return e
	}
	said := s.room().pastLines()
	if at, ok := findSeq(said, seq); ok {
		return said[at]
	}
	return nil
}

// findSeq returns where in what was said a line is, by its number, or would be.
func findSeq(said []*Event, seq uint64) (at int, ok bool) {
	return slices.BinarySearchFunc(said, seq, func(e *Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
}
