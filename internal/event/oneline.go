package event

import (
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

// Plain returns the text of a [Said] or [PrivateMessage] event as one line, for doors and programs
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
