package e2e

import (
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects scripts: ssh HOST COMMAND answers on standard output, reports errors in a sentence on
// standard error, and exits with 0, with 1 if it was refused, or with 2 if it makes no sense.
func TestCommands(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, bob := h.enter("alice"), h.nc("bob")
	carol := h.ssh("carol")

	for _, c := range []struct {
		command  string
		code     int
		out, err string
	}{
		{"who", 0, "alice\nbob\n", ""},
		{"say hello there", 0, "", ""},
		{`say "two  spaces" 'and more'`, 0, "", ""},
		{"say it is the dog's", 0, "", ""},
		{"to bob psst", 0, "", ""},
		{"nonsense", 2, "", testkit.English(reply.UnknownCommand, "nonsense") + "\n"},
		{"nick dora", 2, "", testkit.English(reply.TerminalOnly, "nick", "nick") + "\n"},
		{"say", 2, "", "Usage: say TEXT\n"},
		{"to bob", 2, "", "Usage: to NAME TEXT\n"},
		{"say --rom '#tea' secret", 2, "", testkit.English(reply.UnknownFlag, "--rom", "say [--json] [--room ROOM] [--] ...") + "\n"},
		{"say 'secret", 2, "", testkit.EnglishPart(reply.UnclosedQuote, 0)},
		{"who secret", 2, "", "Usage: who\n"},
		{"join tea", 2, "", testkit.EnglishPart(reply.JoinTerminalOnly, 0)},
		{"to nobody psst", 1, "", testkit.English(reply.NoSuchUser, "nobody") + "\n"},
		{"say '  '", 1, "", testkit.English(reply.TextEmpty) + "\n"},
		{"say " + strings.Repeat("x", 4096), 1, "", testkit.English(reply.TextTooLong, 4095) + "\n"},
		{"say " + strings.Repeat("y", 4095), 0, "", ""},
	} {
		t.Run(c.command[:min(len(c.command), 30)], func(t *testing.T) {
			runClient(t, withCommand(carol, c.command)).check(t, c.code, c.out, c.err)
		})
	}
	bob.expect("[ssh]carol:hello there\n", "[ssh]carol:two  spaces and more\n", "[ssh]carol:it is the dog's\n", "carol : psst\n",
		"carol:"+strings.Repeat("y", 4095)+"\n")
	alice.expect("carol: it is the dog's")
	alice.expectNot("psst")
	bob.expectNot("secret", "已下线", "[ssh]carol:已上线", "xxxx")
	alice.expectNot("carol joined", "carol left")
}

// Protects users who look for commands.
func TestHelp(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	r := runClient(t, withCommand(h.ssh("carol"), "help"))
	r.check(t, 0, r.out, "")
	for _, word := range []string{"who", "say TEXT", "to NAME TEXT", "ssh HOST who", "ssh -T HOST"} {
		if !strings.Contains(r.out, word) {
			t.Errorf("help lacks %q:\n%s", word, r.out)
		}
	}

	alice := h.enter("alice")
	alice.enterLine("/help")
	alice.expect("/who", "/say TEXT", "/msg NAME TEXT", "/nick NAME", "/help", "/quit")
	alice.enterLine("/nonsense")
	alice.expect("! " + testkit.EnglishPart(reply.UnknownMeant, 0) + "/nonsense.")
	alice.typeText("\x15") // the refused line is in the row again
	alice.enterLine("//etc/passwd")
	alice.expect("alice: /etc/passwd")
}

// Protects for n in $(ssh HOST who): if nobody is online, the output is empty, not an empty line.
func TestWhoWhenEmpty(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	runClient(t, withCommand(h.ssh("carol"), "who")).check(t, 0, "", "")
}

// Protects ssh -t HOST who: a terminal changes nothing, and neither do window changes that nobody
// reads.
func TestCommandWithTerminal(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	h.nc("bob")
	s := openScreen(t, withCommand(h.ssh("carol", "-t"), "who")...)
	s.expect("[exit 0]")
	s.expectOnce("bob\n")

	b := h.sshClient(t, "dora")
	session := b.session()
	if err := session.RequestPty("xterm", 24, 80, gossh.TerminalModes{}); err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		if err := session.WindowChange(24, 80+i); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the connection lives on
		out, err := session.Output("who")
		if err != nil || string(out) != "bob\r\n" && string(out) != "bob\n" {
			t.Errorf("who answers %q, %v", out, err)
		}
		session = b.session()
	}
}
