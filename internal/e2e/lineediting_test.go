package e2e

import (
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

const family = "👨‍👩‍👧‍👦"

// Protects people who write Chinese and emoji: one Backspace deletes what they see as one
// character, and leaves nothing behind.
func TestEraseWideCharacters(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.typeText("中文字")
	alice.expectRow("> 中文字")
	alice.expectCursor(8)
	for _, want := range []string{"> 中文", "> 中", ">"} {
		alice.pressKeys("BSpace")
		alice.expectRow(want)
	}
	alice.expectCursor(2)

	alice.enterLine("we " + family + " are 中文字 here")
	bob.expect("]alice:we " + family + " are 中文字 here\n")
	alice.typeText("a" + family)
	alice.pressKeys("BSpace")
	alice.typeText("z")
	alice.expectRow("> az")
	alice.pressKeys("Enter")
	bob.expect("]alice:az\n")
}

// Protects corrections: text is inserted at the cursor, and the row shows it as it will be sent.
func TestEditInTheMiddle(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.typeText("one 中文 three")
	for range len(" three") {
		alice.pressKeys("Left")
	}
	alice.typeText(" two")
	alice.expectRow("> one 中文 two three")
	alice.expectCursor(len("> one xxxx two"))
	alice.pressKeys("Home")
	alice.typeText("zero ")
	alice.pressKeys("End")
	alice.typeText(" four")
	alice.pressKeys("C-a", "Right", "DC", "C-e")
	alice.expectRow("> zro one 中文 two three four")
	alice.pressKeys("Enter")
	bob.expect("]alice:zro one 中文 two three four\n")
	alice.expectRow(">")
}

// Protects a line that is being typed from lines that arrive meanwhile: the row stays as it was,
// below them, and is sent whole.
func TestLinesArriveWhileTyping(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.typeText("half a 句子")
	alice.expectRow("> half a 句子")
	alice.pressKeys("Left", "Left")
	alice.expectCursor(len("> half a "))
	bob.sendLines("an interruption", "and another")
	alice.expect("bob: an interruption", "bob: and another\n"+lobbyPrompt+"> half a 句子\n")
	alice.expectCursor(len("> half a "))
	alice.typeText("whole ")
	alice.expectRow("> half a whole 句子")
	alice.pressKeys("Enter")
	bob.expect("]alice:half a whole 句子\n")
	if n := strings.Count(alice.all(), "half a"); n != 1 {
		t.Errorf("what alice typed is on the screen %d times, want once", n)
	}
}

// Protects people's habits from other programs: ^U ^W ^Y ^T ^K do what they do in a shell.
func TestKillAndYank(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")

	alice.typeText("one two three")
	alice.pressKeys("C-w")
	alice.expectRow("> one two")
	alice.pressKeys("C-w")
	alice.expectRow("> one")
	alice.pressKeys("C-y")
	alice.expectRow("> one two three")
	alice.pressKeys("C-u")
	alice.expectRow(">")
	alice.pressKeys("C-y")
	alice.typeText(" 四fiev")
	alice.pressKeys("C-t", "Home", "Right", "C-t")
	alice.expectRow("> noe two three 四five")
	alice.pressKeys("Home", "C-k")
	alice.expectRow(">")
	alice.pressKeys("C-y", "Enter")
	alice.expect("alice: noe two three 四five")
}

// Protects users who repeat themselves: Up and Down, and ^P and ^N, go through earlier lines, and
// back to the unfinished one.
func TestHistory(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")

	alice.enterLine("first line")
	alice.enterLine("second line")
	alice.expect("alice: second line")
	alice.typeText("begun")
	for _, step := range []struct{ key, want string }{
		{"Up", "> second line"}, {"Up", "> first line"}, {"Up", "> first line"},
		{"Down", "> second line"}, {"Down", "> begun"},
		{"C-p", "> second line"}, {"C-p", "> first line"}, {"C-n", "> second line"}, {"C-n", "> begun"},
	} {
		alice.pressKeys(step.key)
		alice.expectRow(step.want)
	}
	alice.pressKeys("Up", "Up", "Enter")
	eventually(t, "alice reads the first line a second time", func() bool {
		return strings.Count(alice.all(), "alice: first line") == 2
	})
}

// Protects the room and the user from a paste that sends ten lines before the user has seen the
// first: it is one message, shown before it is sent.
func TestPasteIsOneMessage(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.typeText("look: ")
	alice.paste("line one\nline two\n第三行")
	alice.expectRow("> look: " + testkit.English("sshd-pasted-label", 3))
	alice.pressKeys("Enter")
	bob.expect("]alice:look: line one ⏎ line two ⏎ 第三行\n")
	alice.expect("alice: look: line one line two 第三行")
	alice.paste(strings.Repeat("x", 4096))
	alice.expect(lobbyPrompt + "> (4096/4095) xxx")
	alice.pressKeys("Enter")
	alice.expect("! " + testkit.English(reply.TextTooLong, 4095) + "\n" + lobbyPrompt + "> (4096/4095) xxx")
	alice.pressKeys("BSpace", "Enter")
	bob.expect("]alice:" + strings.Repeat("x", 4095) + "\n")
}

// Protects people who want out: ^C clears the row or, if it is empty, says how to leave; ^D on an
// empty row leaves.
func TestCtrlCAndCtrlD(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")

	alice.typeText("not to be said")
	alice.expectRow("> not to be said")
	alice.pressKeys("C-c")
	alice.expectRow(">")
	alice.expectNot(testkit.English("sshd-how-to-leave"))
	alice.pressKeys("C-c")
	alice.expect("* " + testkit.English("sshd-how-to-leave"))
	alice.typeText("ab")
	alice.pressKeys("Home", "C-d")
	alice.expectRow("> b")
	alice.pressKeys("C-d")
	alice.expectRow(">")
	alice.pressKeys("C-d")
	alice.expect("[exit 0]")
	bob.expect("[ssh]alice:已下线\n")
	bob.expectNot("not to be said")
	h.waitLog("disconnected", "user", "alice", "reason", "quit")
}
