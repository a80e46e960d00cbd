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

// talkLine returns what stands before the text of something said.
func (v *voice) talkLine(e *room.Event) string {
	if e.Action && v.form == room.Slashed {
		return room.OpenName + v.name(e.Who) + room.CloseName + " "
	}
	return v.name(e.Who) + ": "
}

// message appends a message, after what stands before its text. At a terminal it
// is as many lines as it has: those after the first begin with what nobody can
// type. Of a long one, which /more finds by its number, the end is left out.
// Elsewhere it is one line.
func (v *voice) message(lines []byte, before string, e *room.Event, whole bool) []byte {
	switch {
	case v.form != room.Slashed:
		return v.line(lines, before+e.Plain())
	case !strings.Contains(e.Text, "\n"):
		return v.line(lines, before+e.Text)
	}
	text := strings.Split(e.Text, "\n")
	left := 0
	if !whole && e.Kind == room.Said && e.Seq > 0 && len(text) > mostUnfolded {
		left = len(text) - folded
		text = text[:folded]
	}
	lines = v.line(lines, before+text[0])
	for _, line := range text[1:] {
		lines = v.line(lines, "  "+room.Fold+" "+line)
	}
	if left > 0 {
		lines = v.line(lines, "  "+v.say(moreLine, left, strconv.FormatUint(e.Seq, 10)))
	}
	return lines
}
