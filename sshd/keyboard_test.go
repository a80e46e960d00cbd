package sshd

import (
	"strings"
	"testing"

	"teahouse/room"
)

func TestIsPaste(t *testing.T) {
	long := strings.Repeat("x", mostAhead)
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
			t.Errorf("%.30q is a paste: %v", typed, got)
		}
	}
}

// Where a terminal does not mark what is pasted, as the console of Windows, several
// lines at once are one message, and are not said before Enter. What it is that came
// so is of no matter: commands in it are none.
func TestPasteThatIsNotMarked(t *testing.T) {
	h := open(t, nil)
	bob := join(t, h.dial(t, "bob"), false)
	bob.reads("bob joined")
	alice := begin(t, h.dial(t, "alice"), true)
	bob.reads("alice joined")
	long := strings.Repeat("茶", readSize)
	alice.types("see: ")
	alice.types("one\r/quit\r\r" + long + "\r三\r")
	alice.drew("lines pasted]")
	bob.types("a barrier\n")
	bob.reads("a barrier")
	alice.types("\r")
	bob.reads("alice: see: one ⏎ /quit ⏎  ⏎ " + long + " ⏎ 三")

	alice.types(strings.Repeat("too much\r", mostPasted))
	alice.reads("! The paste is too long, so none of it was put in.")
	alice.types("\x0c" + strings.Repeat("x", 2*readSize)) // as long as a paste, and typed
	alice.drew("xxx")
	alice.types("\x03still here\r")
	bob.reads("alice: still here")
	alice.types(marks + "one\rtwo\rthree\r") // now it is known to mark them
	bob.reads("alice: one")
	bob.reads("alice: two")
	bob.reads("alice: three")
}

// A program that types for somebody, as in ssh -tt HOST < FILE, has each line said: its
// input ends with them.
func TestLinesOfAProgram(t *testing.T) {
	h := open(t, nil)
	bob := join(t, h.dial(t, "bob"), false)
	bob.reads("bob joined")
	alice := begin(t, h.dial(t, "alice"), true)
	alice.reads("Welcome")
	alice.types("one\rtwo\rthree\r/quit\r")
	alice.in.Close()
	for _, line := range []string{"one", "two", "three"} {
		bob.reads("alice: " + line)
	}
	if code := alice.wait(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

// A message that is refused is in the row again, to be changed and sent.
func TestRefusedLinesComeBack(t *testing.T) {
	h := open(t, nil)
	bob := join(t, h.dial(t, "bob"), false)
	bob.reads("bob joined")
	alice := join(t, h.dial(t, "alice"), true)
	alice.reads("Welcome")
	long := strings.Repeat("x", room.MaxText)
	alice.types("\x1b[200~" + long + "y\x1b[201~")
	alice.drew("(4096/4095)")
	alice.types("\r")
	alice.reads("! That is too long: a line may have 4,095 bytes. Nothing was said.")
	alice.drew("(4096/4095)")
	alice.types("\x7f\r")
	bob.reads("alice: " + long)

	// A refused command is one Up away: in the row, what is typed next would be added to it.
	for _, refused := range []string{"/nonsense hello", "/msg nobody hello", "/set bell maybe", "rename|", "msg bob hello"} {
		alice.types(refused + "\r")
		alice.reads("! ")
		alice.types("after " + refused[:4] + "\r")
		bob.reads("alice: after " + refused[:4])
		alice.types("\x1b[A\x1b[A\x15") // it is there, and goes
	}
	alice.types("/nonsense\rsomething else")
	alice.reads("! There is no command")
	alice.types("\r")
	bob.reads("alice: something else")
	alice.types("\x1b[A\x1b[A\r") // but it is in the history
	alice.reads("! There is no command")
}
