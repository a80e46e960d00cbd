package room

import (
	"cmp"
	"slices"
	"strings"
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

// FindSeq returns the index of the line with a sequence number, or where it would be.
func FindSeq(said []*Event, seq uint64) (at int, ok bool) {
	return slices.BinarySearchFunc(said, seq, func(e *Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
}

// MessageBySeq returns the message with a sequence number, or nil. It must be in the room's history
// or, if the room keeps none, among what s has read lately.
func (s *Session) MessageBySeq(seq uint64) *Event {
	if s.hub.HistoryLimits.Lines <= 0 {
		e := s.Room().slot(seq).Load()
		if e == nil || e.Seq != seq || e.Kind != Said || seq <= s.joinSeq || s.OneShot {
			return nil
		}
		return e
	}
	said := s.Room().PastLines()
	if at, ok := FindSeq(said, seq); ok {
		return said[at]
	}
	return nil
}
