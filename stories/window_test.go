package stories

import (
	"fmt"
	"strings"
	"testing"
)

// once checks that each text is on the screen, and what scrolled off it,
// exactly once.
func (s *screen) once(texts ...string) {
	s.t.Helper()
	for _, text := range texts { // the row may be drawn anew at this moment
		eventually(s.t, fmt.Sprintf("%q is on the screen once", text), func() bool { return strings.Count(s.all(), text) == 1 })
	}
}

// Protects the screen of somebody who makes the window narrower and wider while
// they type: the row is drawn anew once, and no piece of the old one stays.
func TestWindowIsResizedWhileTyping(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, bob := h.enter("alice"), h.nc("bob")
	alice.says("talk before")
	alice.shows("alice: talk before")

	text := "BEGIN 中文 and a text that is much longer than a narrow window END"
	alice.types(text)
	alice.rowIs("> " + text)
	for i, columns := range []int{30, 50, 28, 100, 80} {
		alice.resize(columns, 24)
		// Before the server has heard of it nobody talks: it could not know
		// then that the row is folded.
		eventually(t, "the row fills the window", func() bool {
			row, column := alice.row()
			return strings.HasPrefix(row, lobby+"> ") && strings.HasSuffix(row, " END") &&
				(row == lobby+"> "+text || column < columns && column >= columns-3)
		})
		line := fmt.Sprintf("talk at %d", i)
		bob.types(line)
		alice.shows("bob: " + line)
		alice.once(" END", "bob: "+line)
		if columns < len(text) {
			alice.hides("BEGIN")
		}
	}
	alice.rowIs("> " + text)
	alice.once("BEGIN", " END", "alice: talk before",
		"bob: talk at 0", "bob: talk at 1", "bob: talk at 2", "bob: talk at 3", "bob: talk at 4")
	alice.presses("Enter")
	bob.sees("]alice:" + text + "\n")
}

// Protects the same with the cursor in the middle of the text, where what
// follows it is folded too.
func TestWindowIsResizedWithCursorInside(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	text := "BEGIN of a text that is longer than it should be in a narrow one END"
	alice.types(text)
	alice.presses("Home")
	for range len("BEGIN of a ") {
		alice.presses("Right")
	}
	alice.cursorAt(len("> BEGIN of a "))
	for i, columns := range []int{30, 80, 40, 80} {
		alice.resize(columns, 24)
		full := lobby + "> " + text
		alice.rowIs(strings.TrimPrefix(strings.TrimRight(full[:min(len(full), columns-1)], " "), lobby))
		line := fmt.Sprintf("talk at %d", i)
		bob.types(line)
		alice.shows("bob: " + line)
	}
	alice.rowIs("> " + text)
	alice.once("BEGIN", " END", "bob: talk at 0", "bob: talk at 1", "bob: talk at 2", "bob: talk at 3")
	alice.types("X")
	alice.presses("Enter")
	bob.sees("]alice:BEGIN of a Xtext that is longer")
}

// Protects the connection from many changes of the window at once, as dragging
// its edge makes them: the library would freeze at the 18th. A split window
// shows the rest.
func TestWindowIsDragged(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.types("still here")
	alice.rowIs("> still here")
	for i := range 60 {
		alice.resize(40+i%30, 10+i%14)
	}
	below := alice.beside(h.ssh("dora")...)
	below.shows("Welcome to teahouse, dora")
	alice.tmux("resize-pane", "-t", alice.pane, "-y", "3")
	bob.types("after the drag")
	alice.shows("bob: after the drag")
	below.shows("bob: after the drag")
	alice.rowIs("> still here")
	alice.once("still here")
	alice.presses("Enter")
	bob.sees("]alice:still here\n")
}
