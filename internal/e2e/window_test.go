package e2e

import (
	"fmt"
	"strings"
	"testing"

	"teahouse/internal/testkit"
)

// expectOnce checks that each text is on the screen or in the scrollback exactly once.
func (s *screen) expectOnce(texts ...string) {
	s.t.Helper()
	for _, text := range texts { // the row may just be redrawn
		eventually(s.t, fmt.Sprintf("%q is on the screen once", text), func() bool { return strings.Count(s.all(), text) == 1 })
	}
}

// Protects the screen of a user who resizes the window while typing: the row is redrawn once, and
// nothing of the old one stays.
func TestWindowIsResizedWhileTyping(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")
	alice.enterLine("talk before")
	alice.expect("alice: talk before")

	text := "BEGIN 中文 and a text that is much longer than a narrow window END"
	alice.typeText(text)
	alice.expectRow("> " + text)
	for i, columns := range []int{30, 50, 28, 100, 80} {
		alice.resize(columns, 24)
		// Nobody talks before the server has heard of it: it could not know that the row is folded.
		eventually(t, "the prompt's row fills the window", func() bool {
			row, column := alice.row()
			return strings.HasPrefix(row, lobbyPrompt+"> ") && strings.HasSuffix(row, " END") &&
				(row == lobbyPrompt+"> "+text || column < columns && column >= columns-3)
		})
		line := fmt.Sprintf("talk at %d", i)
		bob.sendLines(line)
		alice.expect("bob: " + line)
		alice.expectOnce(" END", "bob: "+line)
		if columns < len(text) {
			alice.expectNot("BEGIN")
		}
	}
	alice.expectRow("> " + text)
	alice.expectOnce("BEGIN", " END", "alice: talk before",
		"bob: talk at 0", "bob: talk at 1", "bob: talk at 2", "bob: talk at 3", "bob: talk at 4")
	alice.pressKeys("Enter")
	bob.expect("]alice:" + text + "\n")
}

// Protects the same with the cursor in the middle of the text, where the text after it is folded,
// too.
func TestWindowIsResizedWithCursorInside(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	text := "BEGIN of a text that is longer than it should be in a narrow one END"
	alice.typeText(text)
	alice.pressKeys("Home")
	for range len("BEGIN of a ") {
		alice.pressKeys("Right")
	}
	alice.expectCursor(len("> BEGIN of a "))
	for i, columns := range []int{30, 80, 40, 80} {
		alice.resize(columns, 24)
		full := lobbyPrompt + "> " + text
		alice.expectRow(strings.TrimPrefix(strings.TrimRight(full[:min(len(full), columns-1)], " "), lobbyPrompt))
		line := fmt.Sprintf("talk at %d", i)
		bob.sendLines(line)
		alice.expect("bob: " + line)
	}
	alice.expectRow("> " + text)
	alice.expectOnce("BEGIN", " END", "bob: talk at 0", "bob: talk at 1", "bob: talk at 2", "bob: talk at 3")
	alice.typeText("X")
	alice.pressKeys("Enter")
	bob.expect("]alice:BEGIN of a Xtext that is longer")
}

// Protects the connection from many window changes at once, as when its edge is dragged: the
// library would freeze at the 18th. A split window tests the rest.
func TestManyWindowChanges(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.typeText("still here")
	alice.expectRow("> still here")
	for i := range 60 {
		alice.resize(40+i%30, 10+i%14)
	}
	below := alice.splitPane(h.ssh("dora")...)
	below.expect(testkit.EnglishPart("sshd-welcome-line", 0) + "dora")
	alice.tmux("resize-pane", "-t", alice.pane, "-y", "3")
	bob.sendLines("after the drag")
	alice.expect("bob: after the drag")
	below.expect("bob: after the drag")
	alice.expectRow("> still here")
	alice.expectOnce("still here")
	alice.pressKeys("Enter")
	bob.expect("]alice:still here\n")
}
