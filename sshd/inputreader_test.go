package sshd

import (
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
)

// Several lines that arrive at once are a paste, unless somebody can have typed them.
func TestIsPaste(t *testing.T) {
	long := strings.Repeat("x", maxTypeAhead)
	for typed, want := range map[string]bool{
		"":                              false,
		"hello\r":                       false,
		long + long + "\r":              false, // a line that was typed at once
		"hello\rhow are you\r":          false, // typed while the network stood still
		"/join go\rhello\r/quit":        true,
		"one\rtwo\rthree":               true,
		"one\r\ntwo\r\nthree\r\n":       true,
		"one\ntwo\n\tthree\n":           true,
		"\r一\r二\r三\r":                   true,
		long + "\rtwo\r":                true,
		long + "\r\r\r\r":               false,
		"\r\r\r\r":                      false,
		"one\rtwo\x1b[D\rthree\r":       false, // keys that nobody pastes
		"one\rtwo\x7f\rthree\x03four\r": false,
	} {
		if got := isPaste([]byte(typed)); got != want {
			t.Errorf("input that arrives as %.30q counts as a paste: %v, want %v", typed, got, want)
		}
	}
}

// If a terminal does not mark pastes, such as the Windows console, several lines that arrive at
// once are one message, which is not said before Enter. Commands in them are not run.
func TestUnmarkedPaste(t *testing.T) {
	t.Parallel()
	h := startServer(t, nil)
	bob := startSession(t, h.dial(t, "bob"), false)
	bob.expectLine("bob joined")
	alice := startUnmarkedSession(t, h.dial(t, "alice"), true)
	bob.expectLine("alice joined")
	long := strings.Repeat("茶", readSize)
	alice.send("see: ")
	alice.send("one\r/quit\r\r" + long + "\r三\r")
	alice.expectOutput(testkit.EnglishPart(pastedLabel, 1))
	bob.send("a barrier\n")
	bob.expectLine("a barrier")
	alice.send("\r")
	bob.expectLine("alice: see: one ⏎ /quit ⏎  ⏎ " + long + " ⏎ 三")

	alice.send(strings.Repeat("too much\r", maxPasteBytes))
	alice.expectLine("! " + testkit.EnglishPart(pasteTooLong, 0))
	alice.send("\x0c" + strings.Repeat("x", 2*readSize)) // as long as a paste, and typed
	alice.expectOutput("xxx")
	alice.send("\x03still here\r")
	bob.expectLine("alice: still here")
	alice.send(emptyPaste + "one\rtwo\rthree\r") // now it is known to mark them
	bob.expectLine("alice: one")
	bob.expectLine("alice: two")
	bob.expectLine("alice: three")
}

// A program that types, as in ssh -tt HOST < FILE, has each line said: its input ends with them.
func TestProgramLinesAreNotAPaste(t *testing.T) {
	h := startServer(t, nil)
	bob := startSession(t, h.dial(t, "bob"), false)
	bob.expectLine("bob joined")
	alice := startUnmarkedSession(t, h.dial(t, "alice"), true)
	alice.expectLine("Welcome")
	alice.send("one\rtwo\rthree\r/quit\r")
	alice.in.Close()
	for _, line := range []string{"one", "two", "three"} {
		bob.expectLine("alice: " + line)
	}
	if code := alice.wait(); code != exitOK {
		t.Errorf("the chat exits with %d, want %d", code, exitOK)
	}
}

// A refused message is in the row again, to be changed and sent.
func TestRefusedLineReturnsToInput(t *testing.T) {
	h := startServer(t, nil)
	bob := startSession(t, h.dial(t, "bob"), false)
	bob.expectLine("bob joined")
	alice := startSession(t, h.dial(t, "alice"), true)
	alice.expectLine("Welcome")
	long := strings.Repeat("x", text.MaxBytes)
	alice.send("\x1b[200~" + long + "y\x1b[201~")
	alice.expectOutput("(4096/4095)")
	alice.send("\r")
	alice.expectLine("! " + testkit.English(reply.TextTooLong, 4095))
	alice.expectOutput("(4096/4095)")
	alice.send("\x7f\r")
	bob.expectLine("alice: " + long)

	// A refused command is one Up away: in the row, what is typed next would be added to it.
	for _, refused := range []string{"/nonsense hello", "/msg nobody hello", "/set bell maybe", "rename|", "msg bob hello"} {
		alice.send(refused + "\r")
		alice.expectLine("! ")
		alice.send("after " + refused[:4] + "\r")
		bob.expectLine("alice: after " + refused[:4])
		alice.send("\x1b[A\x1b[A\x15") // it is there, and goes
	}
	alice.send("/nonsense\rsomething else")
	alice.expectLine("! " + testkit.EnglishPart(reply.UnknownMeant, 0))
	alice.send("\r")
	bob.expectLine("alice: something else")
	alice.send("\x1b[A\x1b[A\r") // but it is in the history
	alice.expectLine("! " + testkit.EnglishPart(reply.UnknownMeant, 0))
}
