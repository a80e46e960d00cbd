package sshd

import (
	"strconv"
	"strings"

	"teahouse/room"
)

const (
	// mostUnfolded is how many lines of a message a terminal shows, and folded how
	// many of a longer one.
	mostUnfolded = 6
	folded       = 4

	// moreLine stands for the other lines. No line of a message begins as it does.
	moreLine room.Phrase = "… %d more lines, /more %s"
)

// talkLine returns what stands before the text of something said, but for the time.
func (v *voice) talkLine(e *room.Event) string {
	var name string
	switch {
	case v.whose == mine:
		name = v.marked(v.look.Faint(e.Who.Name), e.Who)
	case v.whose == forMe && v.look.Plain:
		name = v.say(mentionedBy, v.name(e.Who))
	case v.whose == forMe:
		name = v.highlit(e.Who)
	default:
		name = v.name(e.Who)
	}
	if e.Action && v.form == room.Slashed {
		return room.OpenName + name + room.CloseName + " "
	}
	return name + ": "
}

// message appends a message, after what stands before its text. At a terminal it
// is as many rows as it needs: those after the first begin with what nobody can
// type. Of a long one, which /more finds by its number, the end is left out.
// Elsewhere it is one line.
func (v *voice) message(lines []byte, before string, e *room.Event, whole bool) []byte {
	if v.form != room.Slashed || v.look.Plain && !e.Action { // talkLine shows an action
		return v.look.Line(lines, before, e.Plain(), v.end)
	}
	text, left := e.Text, 0
	if rows := strings.Split(text, "\n"); !whole && e.Kind == room.Said && e.Seq > 0 && len(rows) > mostUnfolded {
		left = len(rows) - folded
		text = strings.Join(rows[:folded], "\n")
	}
	lines = v.look.Line(lines, before, v.look.Text(text), v.end)
	if left > 0 {
		lines = v.quiet(lines, "  "+v.say(moreLine, left, strconv.FormatUint(e.Seq, 10)))
	}
	return lines
}
