package stories

import (
	"strings"
	"testing"
)

const family = "👨‍👩‍👧‍👦"

// Protects people who write Chinese and emoji: what is one character to them
// goes with one Backspace, and leaves nothing behind.
func TestEraseWideCharacters(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.types("中文字")
	alice.rowIs("> 中文字")
	alice.cursorAt(8)
	for _, want := range []string{"> 中文", "> 中", ">"} {
		alice.presses("BSpace")
		alice.rowIs(want)
	}
	alice.cursorAt(2)

	alice.says("we " + family + " are 中文字 here")
	bob.sees("]alice:we " + family + " are 中文字 here\n")
	alice.types("a" + family)
	alice.presses("BSpace")
	alice.types("z")
	alice.rowIs("> az")
	alice.presses("Enter")
	bob.sees("]alice:az\n")
}

// Protects corrections: the text goes in where the cursor is, and the row shows
// it as it will be sent.
func TestEditInTheMiddle(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.types("one 中文 three")
	for range len(" three") {
		alice.presses("Left")
	}
	alice.types(" two")
	alice.rowIs("> one 中文 two three")
	alice.cursorAt(len("> one xxxx two"))
	alice.presses("Home")
	alice.types("zero ")
	alice.presses("End")
	alice.types(" four")
	alice.presses("C-a", "Right", "DC", "C-e")
	alice.rowIs("> zro one 中文 two three four")
	alice.presses("Enter")
	bob.sees("]alice:zro one 中文 two three four\n")
	alice.rowIs(">")
}

// Protects a sentence that somebody is typing from the lines that come
// meanwhile: the row stays as it was, below them, and is sent whole.
func TestLinesComeWhileTyping(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.types("half a 句子")
	alice.rowIs("> half a 句子")
	alice.presses("Left", "Left")
	alice.cursorAt(len("> half a "))
	bob.types("an interruption", "and another")
	alice.shows("bob: an interruption", "bob: and another\n"+lobby+"> half a 句子\n")
	alice.cursorAt(len("> half a "))
	alice.types("whole ")
	alice.rowIs("> half a whole 句子")
	alice.presses("Enter")
	bob.sees("]alice:half a whole 句子\n")
	if n := strings.Count(alice.all(), "half a"); n != 1 {
		t.Errorf("the text is on the screen %d times", n)
	}
}

// Protects the fingers of people who know a shell: ^U ^W ^Y ^T ^K mean what
// they mean there.
func TestKillAndYank(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice := h.enter("alice")

	alice.types("one two three")
	alice.presses("C-w")
	alice.rowIs("> one two")
	alice.presses("C-w")
	alice.rowIs("> one")
	alice.presses("C-y")
	alice.rowIs("> one two three")
	alice.presses("C-u")
	alice.rowIs(">")
	alice.presses("C-y")
	alice.types(" 四fiev")
	alice.presses("C-t", "Home", "Right", "C-t")
	alice.rowIs("> noe two three 四five")
	alice.presses("Home", "C-k")
	alice.rowIs(">")
	alice.presses("C-y", "Enter")
	alice.shows("alice: noe two three 四five")
}

// Protects repeating oneself: Up and Down, and ^P and ^N, go through what was
// said, and back to what was begun.
func TestHistory(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice := h.enter("alice")

	alice.says("first line")
	alice.says("second line")
	alice.shows("alice: second line")
	alice.types("begun")
	for _, step := range []struct{ key, want string }{
		{"Up", "> second line"}, {"Up", "> first line"}, {"Up", "> first line"},
		{"Down", "> second line"}, {"Down", "> begun"},
		{"C-p", "> second line"}, {"C-p", "> first line"}, {"C-n", "> second line"}, {"C-n", "> begun"},
	} {
		alice.presses(step.key)
		alice.rowIs(step.want)
	}
	alice.presses("Up", "Up", "Enter")
	eventually(t, "the first line is said again", func() bool {
		return strings.Count(alice.all(), "alice: first line") == 2
	})
}

// Protects the room, and whoever pastes, from a paste that says ten lines
// before one has seen the first: it is one message, to be looked at.
func TestPasteIsOneMessage(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.types("look: ")
	alice.pastes("line one\nline two\n第三行")
	alice.rowIs("> look: [3 lines pasted]")
	alice.presses("Enter")
	bob.sees("]alice:look: line one ⏎ line two ⏎ 第三行\n")
	alice.shows("alice: look: line one line two 第三行")
	alice.pastes(strings.Repeat("x", 4096))
	alice.shows(lobby + "> (4096/4095) xxx")
	alice.presses("Enter")
	alice.shows("! That is too long: a line may have 4,095 bytes. Nothing was said.\n" + lobby + "> (4096/4095) xxx")
	alice.presses("BSpace", "Enter")
	bob.sees("]alice:" + strings.Repeat("x", 4095) + "\n")
}

// Protects people who want out: ^C clears the row and, where it is empty, says
// how to leave; ^D on an empty row leaves.
func TestTheWayOut(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.types("not to be said")
	alice.rowIs("> not to be said")
	alice.presses("C-c")
	alice.rowIs(">")
	alice.hides("To leave")
	alice.presses("C-c")
	alice.shows("* To leave, type /quit or press ^D.")
	alice.types("ab")
	alice.presses("Home", "C-d")
	alice.rowIs("> b")
	alice.presses("C-d")
	alice.rowIs(">")
	alice.presses("C-d")
	alice.shows("[exit 0]")
	bob.sees("[ssh]alice:已下线\n")
	bob.hasNotSeen("not to be said")
	h.until("disconnected", "user", "alice", "reason", "quit")
}
