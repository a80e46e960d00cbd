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
	// ActionNameOpen and ActionNameClose enclose the name of the user who does an action. No name
	// contains them or begins with anything like them. So no ordinary line, which begins with a
	// name, can look like an action, and in an action everybody sees where the name ends.
	ActionNameOpen, ActionNameClose = "‹", "›"

	// lineBreakMark replaces line breaks if a message must be one line.
	lineBreakMark = " ⏎ "
)

// Plain returns the text of a [Said] or [DirectMessage] event as one line, for doors and programs
// that know nothing else: there a message of several lines must not look like several messages.
// Actions are enclosed in asterisks.
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

// showFullMessage returns a message in full after a door has left out some of its lines.
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

// messageBySeq returns the message with a sequence number, or nil. It must be in the room's history
// or, if the room keeps none, among what s has read lately.
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

// findSeq returns the index of the line with a sequence number, or where it would be.
func findSeq(said []*Event, seq uint64) (at int, ok bool) {
	return slices.BinarySearchFunc(said, seq, func(e *Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
}
