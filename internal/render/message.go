package render

import (
	"strconv"
	"strings"

	"teahouse/internal/reply"
	"teahouse/room"
)

const (
	// maxFullLines is how many lines of a message a terminal shows, and folded how
	// many of a longer one.
	maxFullLines = 6
	foldedLines  = 4

	// moreLines stands for the other lines. No line of a message begins as it does.
	moreLines reply.Code = "sshd-more-lines"
)

// messagePrefix returns what stands before the text of something said, but for the time.
func (f *Format) messagePrefix(e *room.Event) string {
	var name string
	switch {
	case f.relation == fromReader:
		name = f.withBadges(f.Style.Faint(e.User.Name), e.User)
	case f.relation == mentionsReader && f.Style.Plain:
		name = f.Translate(MentionedBy, f.styledName(e.User))
	case f.relation == mentionsReader:
		name = f.highlightedName(e.User)
	default:
		name = f.styledName(e.User)
	}
	if e.Action && f.Syntax == room.SlashSyntax {
		return room.ActionNameOpen + name + room.ActionNameClose + " "
	}
	return name + ": "
}

// appendMessage appends a message, after what stands before its text. At a terminal it
// is as many rows as it needs: those after the first begin with what nobody can
// type. Of a long one, which /more finds by its number, the end is left out.
// Elsewhere it is one line.
func (f *Format) appendMessage(lines []byte, before string, e *room.Event, whole bool) []byte {
	if f.Syntax != room.SlashSyntax || f.Style.Plain && !e.Action { // messagePrefix shows an action
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
