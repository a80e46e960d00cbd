package e2e

import (
	"fmt"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
)

// hostileInputs are inputs that hung, slowed down or fooled other chat servers, each with the line
// that ends it.
func hostileInputs() map[string]string {
	return map[string]string{
		"ESC and 256 bytes without a letter":   "\x1b[" + strings.Repeat("0", 256),
		"ESC and 100,000 bytes without letter": "\x1b" + strings.Repeat(";1", 50_000),
		"an OSC that never ends":               "\x1b]0;" + strings.Repeat("x", 100_000),
		"a paste with newlines":                "\x1b[200~one\r\n* root joined\nbob: I owe you\r\x1b[201~",
		"a paste in a paste":                   "\x1b[200~a\x1b[200~\x1b[201~b\x1b[201~",
		"a megabyte without a newline":         strings.Repeat("x", 1<<20),
		"a megabyte of marks":                  "e" + strings.Repeat("\u0301", 1<<19),
		"a megabyte of ESC":                    strings.Repeat("\x1b", 1<<20),
		"bytes that are no UTF-8":              "\xff\xfe\xc0\x80\xed\xa0\x80\xf8\x88\x80\x80\x80 half \xe4\xb8",
		"joiners":                              strings.Repeat("👩\u200d", 10_000),
		"NUL and all the controls but the end": "\x00\x01\x02\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x1f\x7f",
	}
}

// Protects everybody from hostile input at a terminal: none of it hangs the sender, forges a line,
// or delays others.
func TestHostileInputAtTerminal(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t, "--limits", "on", "--limit-typed", "1048576") // fast enough to hurt
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.expect("* ear joined")
	n := h.startBystander(t)
	for name, input := range hostileInputs() {
		t.Run(name, func(t *testing.T) {
			typist := h.openTerminal(t, sshOptions{name: "typist"})
			typist.send(input)
			// ESC \ and the end of a paste end open sequences, ^U clears the row.
			typist.send("\x1b\\\x1b[201~\x15")
			said := fmt.Sprintf("after %x", len(input))
			typist.send(said + "\r")
			ear.expect(": " + said + "\n")
			checkTerminalOutput(t, "typist", typist.raw.String())
			typist.client.Close()
		})
	}
	checkTextOutput(t, "ear", ear.out.String())
	for line := range strings.Lines(ear.out.String()) {
		if strings.HasPrefix(line, "bob:") {
			t.Errorf("somebody could forge a line: %q", line)
		}
	}
	n.finish()
}

// Protects everybody from the same input at the plain TCP doors.
func TestHostileInputOverTCP(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on", "--listen", "ssh://127.0.0.1:0",
		"--listen", "classic://127.0.0.1:0?idle=0", "--listen", "gopl://127.0.0.1:0", "--listen", "relay://127.0.0.1:0")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.expect("* ear joined")
	n := h.startBystander(t)
	dialerFrom(t, "127.0.0.3")
	for _, door := range []string{"classic", "gopl", "relay"} {
		comes := func(t *testing.T) *client {
			requirePrograms(t, "nc")
			return launch(t, "nc", "-s", "127.0.0.3", sshHost, h.port(door))
		}
		for name, input := range hostileInputs() {
			t.Run(door+" "+name, func(t *testing.T) {
				sender := comes(t)
				sender.send(input + "\n")
				sender.kill()
			})
		}
		sender := comes(t)
		sender.sendLines("after all at " + door)
		ear.expect(": after all at " + door + "\n")
		sender.kill()
	}
	checkTextOutput(t, "ear", ear.out.String())
	for line := range strings.Lines(ear.out.String()) {
		if strings.HasPrefix(line, "bob:") {
			t.Errorf("somebody could forge a line: %q", line)
		}
	}
	n.finish()
}

// Protects the server from terminals that claim impossible sizes, at first or later.
func TestImpossibleWidths(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t, "--limits", "on")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.expect("* ear joined")
	n := h.startBystander(t)
	for i, size := range []int{0, 1, 2, 2_000_000, 1<<31 - 1, 1<<32 - 1} {
		b := h.mustConnect(t, sshOptions{name: "giant"})
		s := b.session()
		stdin, err := s.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		screen := &testkit.Recorder{}
		s.Stdout = screen
		if err := s.RequestPty("xterm", size, size, gossh.TerminalModes{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Shell(); err != nil {
			t.Fatal(err)
		}
		g := &terminalClient{b, "giant", stdin, screen}
		for j, width := range []int{80, size, 1} {
			if err := s.WindowChange(width, width); err != nil {
				t.Fatal(err)
			}
			line := fmt.Sprintf("%d %d %s", i, j, strings.Repeat("宽", 100))
			g.send(line + "\x01\x05\x1b[D\x1b[C\r")
			ear.expect("giant: " + line + "\n")
		}
		if out := screen.String(); len(out) > 1<<20 {
			t.Errorf("a terminal of width %d was sent %d bytes", size, len(out))
		}
		g.send("/quit\r")
		if err := s.Wait(); err != nil {
			t.Errorf("a terminal of width %d: %v", size, err)
		}
		b.client.Close()
	}
	n.finish()
}

// Protects everybody from users who type endlessly and never press Enter: rows that are costly to
// edit are read no faster than a person needs.
func TestEndlessInputLine(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t, "--limits", "on")
	n := h.startBystander(t)
	for i, keys := range []string{"x", "中", "👩\u200d", "ab \x17", "z\x1f", "\x12abc\x07", "\t", "\x1b[200~a\nb\x1b[201~\x7f"} {
		typist := h.openTerminal(t, sshOptions{name: fmt.Sprint("typist", i), dialer: dialerFrom(t, "127.0.0.3")})
		writeForever(t, writeCloser{typist.stdin, typist.client}, strings.Repeat(keys, 400)+"%d")
	}
	n.waitRoundTrips(testkit.Amount(int64(15), 1)) // meanwhile
	n.finish()
}

// Protects everybody's screen at every door: no byte that reaches it, in whatever way, controls it.
// This covers what injection_test.go does not: what operators set and say, a client's version, its
// locale, its terminal, and the doors without commands.
func TestNoTerminalInjectionAnywhere(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--listen", "ssh://127.0.0.1:0", "--listen", "classic://127.0.0.1:0?idle=0",
		"--listen", "gopl://127.0.0.1:0", "--listen", "relay://127.0.0.1:0")
	victim := h.openTerminal(t, sshOptions{name: "victim", key: testkit.NewSigner(t)})
	ear := launch(t, h.ssh("ear", "-T")...)
	gopl, relay := h.ncTo("gopl"), h.ncTo("relay")
	gopl.expect("You are ")
	ear.expect("* ear joined")
	kit := h.sshTTY("kit", "xterm-kitty")
	kit.enterLine("/bell on")
	kit.enterLine("/notify on")
	kit.expect("notify: on")

	op := h.makeOperator(t, "op")
	for _, typed := range []string{
		"/topic topic " + hostileText, "/motd motd " + hostileText, "/slow " + hostileText, "/invite " + hostileText, "/ban " + hostileText + " 1m " + hostileText,
		"/whois " + hostileText, "/ignore " + hostileText, "/history " + hostileText, "/search " + hostileText, "/key add " + hostileText, "/name release " + hostileText,
	} {
		op.send(typed + "\r")
	}
	for i, order := range []string{"/mute", "/kick", "/ban"} {
		name := fmt.Sprint("target", i)
		target := h.openTerminal(t, sshOptions{name: name, key: testkit.NewSigner(t)})
		op.send(fmt.Sprintf("%s %s 2h reason %s\r", order, name, hostileText))
		target.expect("reason <")
		checkTerminalOutput(t, name, target.raw.String())
	}

	mallory := h.mustConnect(t, sshOptions{name: "mallory\u202e\u009b31m", version: "SSH-2.0-%s%n[31m", key: testkit.NewSigner(t)})
	session := mallory.session()
	for name, value := range map[string]string{"LANG": "zh_CN." + hostileText, "LC_ALL": hostileText, "NO_COLOR": hostileText, hostileText: hostileText, "TERM": hostileText} {
		_ = session.Setenv(name, value)
	}
	screen := &testkit.Recorder{}
	session.Stdout = screen
	stdin, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.RequestPty("xterm\x1b[31m"+hostileText, 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	m := &terminalClient{mallory, "mallory", stdin, screen}
	m.send(emptyPaste + "typed " + hostileText + "\r/nick \u009b31mm\r/nick m\u200bm\r/nick \u202emm\r/msg victim told " + hostileText + "\r")
	victim.expect("to you] told <")
	for _, command := range []string{"whois guest", "whois target1", "history", "search <", "topic", "motd", "who", "say said " + hostileText} {
		out, _ := victim.exec(command)
		checkTextOutput(t, command, out)
	}
	victim.send("/whois guest\r/history\r/topic\r/motd\r")
	victim.expect("Topic: topic <", "motd <")

	gopl.sendLines("gopl " + hostileText)
	relay.send("root : relay " + hostileText)
	relay.expect("said <")
	victim.expect(": gopl <", "root: relay <")
	for _, typed := range []string{"4;1;50 kit", `9;"/tmp/evil" kit`, "kit " + hostileText, "https://kit.example/" + hostileText + " kit", "/nick 4;1;50", "kit?", "/msg kit 9;4;1;50", "/msg kit " + hostileText} {
		m.send(typed + "\r")
	}
	kit.expect("9;4;1;50")
	op.send("/bans\r/audit 100\r")
	op.expect("kick")
	newcomer := h.openTerminal(t, sshOptions{name: "newcomer"})
	newcomer.expect("motd <", "Topic: topic <")
	newcomer.send("said last\r")

	for name, seen := range map[string]fmt.Stringer{"victim": victim.raw, "op": op.raw, "newcomer": newcomer.raw, "mallory": screen, "kit": kit.out} {
		if name != "mallory" {
			eventually(t, name+" reads the last line", func() bool { return strings.Contains(seen.String(), "said last") })
		}
		checkTerminalOutput(t, name, seen.String())
		if name != "kit" && strings.ContainsAny(seen.String(), "\a\b") {
			t.Errorf("%s was sent a bell or a backspace that somebody typed", name)
		}
	}
	for name, c := range map[string]*client{"ear": ear, "gopl": gopl, "relay": relay} {
		c.expect("said last")
		checkTextOutput(t, name, c.out.String())
	}
	checkTextOutput(t, "the log", h.err.String())
}
