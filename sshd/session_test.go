package sshd

import (
	"io"
	"strings"
	"testing"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
)

// The three kinds of session meet in one room.
func TestChatCommandAndPipe(t *testing.T) {
	h := startServer(t, nil)
	alice := startSession(t, h.dial(t, "alice"), true)
	alice.expectLine(testkit.EnglishPart(welcomeLine, 0) + "alice.")

	bob := startSession(t, h.dial(t, "bob"), false)
	bob.expectLine("* bob joined")
	alice.expectLine("bob joined")
	bob.send("/usr is said by a pipe\n")
	alice.expectLine("bob: /usr is said by a pipe")
	bob.expectLine("bob: /usr is said by a pipe")

	alice.send("hello 你好\r")
	bob.expectLine("alice: hello 你好")
	alice.send("/msg bob psst\r")
	alice.expectLine("[you to bob] psst")
	bob.expectLine("[alice to you] psst")

	carol := h.dial(t, "carol")
	if out, errs, code := run(t, carol, "who"); out != "alice\nbob\n" || errs != "" || code != 0 {
		t.Errorf("ssh host who prints %q, says %q and exits with %d; want alice and bob", out, errs, code)
	}
	if out, errs, code := run(t, carol, "say   'hi   all'  you"); out != "" || errs != "" || code != 0 {
		t.Errorf("ssh host say prints %q, says %q and exits with %d, want nothing and 0", out, errs, code)
	}
	bob.expectLine("carol: hi   all you")
	if _, errs, code := run(t, carol, "to bob it's me"); errs != "" || code != 0 {
		t.Errorf("ssh host to says %q and exits with %d, want nothing and 0", errs, code)
	}
	bob.expectLine("[carol to you] it's me")

	bob.send("the last line, without an end")
	bob.in.Close()
	bob.expectLine("bob: the last line, without an end")
	if code := bob.wait(); code != exitOK {
		t.Errorf("the pipe exits with %d, want %d", code, exitOK)
	}
	alice.expectLine("bob left")
	alice.send("/quit\r")
	if code := alice.wait(); code != exitOK {
		t.Errorf("the chat exits with %d, want %d", code, exitOK)
	}
	if n := h.Hub.CountSessions(); n != 0 {
		t.Errorf("after everybody has left, %d sessions are online", n)
	}
}

// A refused command says why on standard error, and its exit code tells refusals from mistakes.
func TestRefusedCommands(t *testing.T) {
	h := startServer(t, nil)
	client := h.dial(t, "bob")
	tests := []struct {
		command, stderr string
		code            int
	}{
		{"to nobody hi", testkit.English(reply.NoSuchUser, "nobody") + "\n", exitRefused},
		{"say ''", testkit.English(reply.TextEmpty) + "\n", exitRefused},
		{"say " + strings.Repeat("x", text.MaxBytes+1), testkit.English(reply.TextTooLong, 4095) + "\n", exitRefused},
		{"say", "Usage: say TEXT\n", exitUsage},
		{"sai hello", testkit.English(reply.UnknownMeant, "sai", "say") + "\n", exitUsage},
		{"nick x", testkit.English(reply.TerminalOnly, "nick", "nick") + "\n", exitUsage},
		{"help away", testkit.English(reply.TerminalOnly, "away", "away") + "\n", exitUsage},
		{"join tea", i18n.English(string(reply.JoinTerminalOnly)) + "\n", exitUsage},
		{"invite alice", testkit.English(reply.InviteNeedsRoomFlag, "alice") + "\n", exitUsage},
		{"''", testkit.English(reply.UnknownCommand, "") + "\n", exitUsage},
		{"\x1b[31m\u202e", testkit.English(reply.UnknownCommand, "") + "\n", exitUsage},
	}
	for _, test := range tests {
		if out, errs, code := run(t, client, test.command); out != "" || errs != test.stderr || code != test.code {
			t.Errorf("ssh host %.20q prints %q, says %q and exits with %d; want %q and %d", test.command, out, errs, code, test.stderr, test.code)
		}
	}
}

// A command that finds its name taken says under which one it spoke.
func TestCommandUnderAnotherName(t *testing.T) {
	h := startServer(t, nil)
	bob := startSession(t, h.dial(t, "bob"), false)
	bob.expectLine("joined")
	_, errs, code := run(t, h.dial(t, "bob"), "say hi")
	if code != 0 || errs != testkit.English(reply.AssignedTaken, "bob", "bob-2")+"\n" {
		t.Errorf("a command whose name is taken says %q and exits with %d, want that it is bob-2", errs, code)
	}
	bob.expectLine("bob-2: hi")
}

// A client that connects as ROOM+NAME is in that room, at a terminal, by a pipe and by a
// command, if the room exists. A name of that form never founds a room: Git for Windows sends
// DOMAIN+NAME. The client is then in the lobby, and told so. Lines meant for a room that the
// user may not enter are not said elsewhere.
func TestRoomInTheUserName(t *testing.T) {
	h := startServer(t, nil)
	founder := startSession(t, h.dialWithKey(t, "dora"), true)
	founder.send("/join secret\r/room private\r/join go\r")
	founder.expectLine("#go")
	none := testkit.English(reply.NoSuchStartRoom, "CORP") + "\n"
	private := testkit.English(reply.RoomIsPrivate, "secret") + "\n"

	ears := map[string]*testUser{"lobby": startSession(t, h.dial(t, "ear"), false), "go": startSession(t, h.dial(t, "go+ear"), false)}
	ears["lobby"].expectLine("joined")
	ears["go"].expectLine("* #go, ")
	for _, test := range []struct {
		user, said, stderr string
		code               int
	}{
		{"GO+bob", "go", "", exitOK},
		{"CORP+bob", "lobby", none, exitOK},
		{"x: |+bob", "lobby", testkit.English(reply.NoSuchStartRoom, "x: |") + "\n", exitOK},
		{"lobby+bob", "lobby", "", exitOK},
		{"secret+bob", "", private, exitRefused},
	} {
		_, errs, code := run(t, h.dial(t, test.user), "say '"+test.user+" by command'")
		if errs != test.stderr || code != test.code {
			t.Errorf("ssh %s@host say says %q and exits with %d; want %q and %d", test.user, errs, code, test.stderr, test.code)
		}
		p := startSession(t, h.dial(t, test.user), false)
		_, _ = io.WriteString(p.in, test.user+" by pipe\n") // it fails if the user is refused at once
		p.in.Close()
		if code := p.wait(); p.stderr.String() != test.stderr || code != test.code {
			t.Errorf("a pipe of %s says %q and exits with %d; want %q and %d", test.user, p.stderr.String(), code, test.stderr, test.code)
		}
		if test.said != "" {
			ears[test.said].expectLine(test.user + " by command")
			ears[test.said].expectLine(test.user + " by pipe")
		}
	}
	_, errs, code := run(t, h.dial(t, "CORP+bob"), "say --room go there")
	if heard := ears["go"].expectLine("bob: there"); errs != "" || code != exitOK || strings.Contains(heard, "secret") {
		t.Errorf("say --room says %q and exits with %d, and that room reads:\n%s", errs, code, heard)
	}
	run(t, h.dial(t, "bob"), "say end")
	if heard := ears["lobby"].expectLine("bob: end"); strings.Contains(heard, "secret") {
		t.Errorf("a line for a private room is read in the lobby:\n%s", heard)
	}
	alice := startSession(t, h.dial(t, "CORP+alice"), true)
	alice.expectLine(testkit.English(reply.NoSuchStartRoom, "CORP"))
	bob := startSession(t, h.dial(t, "secret+bob"), true)
	bob.expectLine(testkit.EnglishStart(reply.RoomIsPrivate, "secret"))
	bob.send("/rooms\r")
	bob.expectLine("#go, ")
}

// Lines that a pipe may not say are reported on standard error and by the exit code; the others
// are said.
func TestPipeRefusedLines(t *testing.T) {
	h := startServer(t, nil)
	bob := startSession(t, h.dial(t, "bob"), false)
	bob.send("one\n" + strings.Repeat("x", 1<<20) + "\n\n\xff\xfe\nune minute \xe0 peine\ntwo\n")
	bob.in.Close()
	all := bob.expectLine("two")
	if code := bob.wait(); code != exitRefused {
		t.Errorf("a pipe with refused lines exits with %d, want %d", code, exitRefused)
	}
	if !strings.Contains(all, "bob: one\nbob: une minute \uFFFD peine\nbob: two\n") {
		t.Errorf("the good lines are not all said, but:\n%.500s", all)
	}
	want := testkit.English(reply.TextTooLong, 4095) + "\n" + testkit.English(reply.NotText) + "\n"
	if got := bob.stderr.String(); got != want {
		t.Errorf("standard error has\n%swant\n%s", got, want)
	}
}

// Users whose terminal is in Chinese get Chinese sentences; NO_COLOR is respected.
func TestEnvironment(t *testing.T) {
	h := startServer(t, nil)
	p := startSession(t, h.dial(t, "张三"), true, "LANG", "zh_CN.UTF-8", "NO_COLOR", "1")
	p.expectLine("* 欢迎来到 teahouse，张三。")
	p.send("/nick a|b\r")
	p.expectLine("! " + testkit.Chinese(reply.NameHasBar))
	p.send("\x03")
	p.expectLine("* " + testkit.Chinese(howToLeave))
	p.send("\x04")
	if code := p.wait(); code != exitOK {
		t.Errorf("the chat exits with %d, want %d", code, exitOK)
	}
}
