package render

import (
	"strconv"
	"strings"

	"teahouse/internal/command"
	"teahouse/internal/event"
	"teahouse/internal/reply"
	"teahouse/room"
)

const (
	// maxFullLines is the most lines of a message that a terminal shows unfolded; of a longer
	// one it shows foldedLines.
	maxFullLines = 6
	foldedLines  = 4

	// moreLines stands for the hidden lines. No line of a message begins as it does.
	moreLines reply.Code = "sshd-more-lines"
)

// messagePrefix returns what precedes the text of a message, except the time.
func (f *Format) messagePrefix(e *room.Event) string {
	var name string
	switch {
	case f.relation == fromReader:
		name = f.withBadges(f.Style.Faint(e.User.Name), e.User)
	case f.relation == mentionsReader && f.Style.Plain:
		name = f.Translate(mentionedBy, f.styledName(e.User))
	case f.relation == mentionsReader:
		name = f.highlightedName(e.User)
	default:
		name = f.styledName(e.User)
	}
	if e.Action && f.Syntax == command.SlashSyntax {
		return event.ActionNameOpen + name + event.ActionNameClose + " "
	}
	return name + ": "
}

// appendMessage appends a message after its prefix. At a terminal it takes as many rows as it
// needs; those after the first begin with a mark that nobody can type. The end of a long message
// is left out, and /more shows it by its number. Elsewhere a message is one line.
func (f *Format) appendMessage(lines []byte, before string, e *room.Event, whole bool) []byte {
	if f.Syntax != command.SlashSyntax || f.Style.Plain && !e.Action { // messagePrefix has the text of an action
		return f.Style.Line(lines, before, e.Plain(), f.End)
	}
	text, left := e.Text, 0
	if rows := strings.Split(text, "\n"); !whole && e.Kind == room.Said && e.Seq > 0 && len(rows) > maxFullLines {
		left = len(rows) - foldedLines
		text = strings.Join(rows[:foldedLines], "\n")
	}
	lines = f.Style.Line(lines, before, f.Style.Text(text), f.End)
	if left > 0 {
		lines = f.appendFaint(lines, "  "+f.Translate(moreLines, left, strconv.FormatUint(e.Seq, 10)))
	}
	return lines
}
