package e2e

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects names: two users never have the same one, and a user who does not get the requested one
// is told, and can take it once it is free.
func TestRequestedNameTaken(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")
	second := openScreen(t, h.ssh("alice")...)
	second.expect(testkit.EnglishPart("sshd-welcome-line", 0)+"alice-2.", "* "+testkit.English(reply.AssignedTaken, "alice", "alice-2"))
	alice.expect("* alice-2 joined")
	third := openScreen(t, h.ssh("Alice")...)
	third.expect("* " + testkit.English(reply.AssignedTaken, "Alice", "Alice-3"))

	second.enterLine("/nick ALICE")
	second.expect("! " + testkit.English(reply.NameTaken, "ALICE"))
	bob := h.nc("bob")
	bob.sendLines("rename|alice", "rename|Alice-2")
	bob.expect("当前用户名已经被使用!\n当前用户名已经被使用!\n")
	second.enterLine("/nick 127.0.0.1:22")
	second.expect("! " + testkit.English(reply.NameAddress))

	alice.pressKeys("C-d")
	alice.expect("[exit 0]")
	second.expect("* alice left")
	second.enterLine("/nick alice")
	second.expect(testkit.English("sshd-renamed-line", "alice-2", "alice"))
	bob.sendLines("to|alice|are you the second?")
	second.expect("[bob to you] are you the second?")
}

// Protects people whose login name is not valid here: they get in all the same, are told so, and
// can take another name.
func TestRequestedNameInvalid(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	for name, called := range map[string]string{
		"a|b": "a-b", " a": "a", "10.0.0.1": "guest", strings.Repeat("n", 33): strings.Repeat("n", 32), "b\x1b[31m": "b", "\u202eeve": "eve",
		`CORP\carol`: "carol", "dave (verified)": "guest",
	} {
		stdin, stdout := h.sshClient(t, name).terminal()
		screen := readAll(t, name, stdout)
		eventually(t, name+" reads why it got another name", func() bool {
			return strings.Contains(stripStyles(screen.String()), testkit.English(reply.AssignedNotAllowed, called))
		})
		if _, err := io.WriteString(stdin, "/nick free\r/quit\r"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "who shows "+name+" under another name", func() bool {
			return strings.Contains(stripStyles(screen.String()), called+" is now called free")
		})
		eventually(t, name+" has left", func() bool { return runClient(t, withCommand(h.ssh("x"), "to free x")).code == 1 })
	}
}

// Protects the welcome: it uses the name that the user entered with, even if the first line typed
// changes it.
func TestWelcomeUsesFirstName(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	for i := range 30 {
		name := fmt.Sprintf("alice%d", i)
		b := h.sshClient(t, name)
		stdin, stdout := b.terminal()
		if _, err := io.WriteString(stdin, "/nick early\r/quit\r"); err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(stdout)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), testkit.EnglishPart("sshd-welcome-line", 0)+name+".") {
			t.Fatalf("%s reads %q", name, out)
		}
		b.client.Close()
	}
}
