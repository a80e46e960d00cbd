package room

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

const (
	// Fold begins the lines of a message after its first, where a door shows it in
	// several. In talk ╏ stands in its place, so that nobody can type one.
	Fold = "╎"

	// OpenName and CloseName stand around the name of who does something. No name
	// has them, nor does anything look like them at its beginning: so no line of
	// talk, which begins with a name, begins as an action does; and where there is
	// one, everybody sees where its name ends.
	OpenName, CloseName = "‹", "›"

	// lineBreak stands for a line break where a message has to be one line.
	lineBreak = " ⏎ "
)

// Plain returns the text of a [Said] or [Told] event as one line, for the doors and
// programs that know nothing else: a message of several lines cannot look like
// several messages there. What somebody does stands between stars.
func (e *Event) Plain() string {
	text := e.Text
	if strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\n", lineBreak)
	}
	if e.Action {
		return "*" + text + "*"
	}
	return text
}

// whole answers with a message that a door has shown without some of its lines.
func (u *User) whole(number string) (*Event, error) {
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return nil, refuse(NoMessage, Clean(number))
	}
	e := u.message(seq)
	if e == nil || u.ignores(e) {
		return nil, refuse(NoMessage, number)
	}
	past := []*Event{e}
	return &Event{Time: e.Time, Kind: Recalled, Past: past, Unstored: u.unstored(past), Whole: true}, nil
}

// message returns what was said with a sequence number: what the room remembers
// or, where it is to remember nothing, what u has read lately; or nil.
func (u *User) message(seq uint64) *Event {
	if u.house.Memory.Lines <= 0 {
		e := u.here().slot(seq).Load()
		if e == nil || e.Seq != seq || e.Kind != Said || seq <= u.joined || u.visiting {
			return nil
		}
		return e
	}
	said := u.here().remembered()
	if at, ok := searchSeq(said, seq); ok {
		return said[at]
	}
	return nil
}

// searchSeq returns where in what was said a line is, by its number, or would be.
func searchSeq(said []*Event, seq uint64) (at int, ok bool) {
	return slices.BinarySearchFunc(said, seq, func(e *Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
}
