package stories

import (
	"fmt"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// monsters are inputs that have hung, slowed down or fooled other chat servers,
// each with the line that ends it.
func monsters() map[string]string {
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

// Protects everybody from what somebody types, or has a program type: none of it
// hangs the one who sent it, says a forged line, or makes others wait.
func TestMonstersAtTheTerminal(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t, "--limits", "on", "--limit-typed", "1048576") // as fast as it would hurt
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.sees("* ear joined")
	n := h.neighbour(t)
	for name, input := range monsters() {
		t.Run(name, func(t *testing.T) {
			typist := h.seat(t, stranger{name: "typist"})
			typist.types(input)
			// ESC \ and the end of a paste close what is open, ^U empties the row.
			typist.types("\x1b\\\x1b[201~\x15")
			said := fmt.Sprintf("after %x", len(input))
			typist.types(said + "\r")
			ear.sees(": " + said + "\n")
			atTerminal(t, "typist", typist.raw.String())
			typist.client.Close()
		})
	}
	inText(t, "ear", ear.out.String())
	for line := range strings.Lines(ear.out.String()) {
		if strings.HasPrefix(line, "bob:") {
			t.Errorf("a forged line: %q", line)
		}
	}
	n.rests()
}

// Protects the same from the plain TCP doors.
func TestMonstersOverTCP(t *testing.T) {
	t.Parallel()
	h := start(t, "--limits", "on", "--listen", "ssh://127.0.0.1:0",
		"--listen", "classic://127.0.0.1:0?idle=0", "--listen", "gopl://127.0.0.1:0", "--listen", "relay://127.0.0.1:0")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.sees("* ear joined")
	n := h.neighbour(t)
	from(t, "127.0.0.3")
	for _, door := range []string{"classic", "gopl", "relay"} {
		comes := func(t *testing.T) *client {
			need(t, "nc")
			return launch(t, "nc", "-s", "127.0.0.3", host, h.port(door))
		}
		for name, input := range monsters() {
			t.Run(door+" "+name, func(t *testing.T) {
				sender := comes(t)
				sender.sends(input + "\n")
				sender.kill()
			})
		}
		sender := comes(t)
		sender.types("after all at " + door)
		ear.sees(": after all at " + door + "\n")
		sender.kill()
	}
	inText(t, "ear", ear.out.String())
	for line := range strings.Lines(ear.out.String()) {
		if strings.HasPrefix(line, "bob:") {
			t.Errorf("a forged line: %q", line)
		}
	}
	n.rests()
}

// Protects the house from terminals of impossible sizes: claimed at first, and
// later.
func TestImpossibleWidths(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t, "--limits", "on")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.sees("* ear joined")
	n := h.neighbour(t)
	for i, size := range []int{0, 1, 2, 2_000_000, 1<<31 - 1, 1<<32 - 1} {
		b := h.lets(t, stranger{name: "giant"})
		s := b.session()
		stdin, err := s.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		screen := &transcript{}
		s.Stdout = screen
		if err := s.RequestPty("xterm", size, size, gossh.TerminalModes{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Shell(); err != nil {
			t.Fatal(err)
		}
		g := &typist{b, "giant", stdin, screen}
		for j, width := range []int{80, size, 1} {
			if err := s.WindowChange(width, width); err != nil {
				t.Fatal(err)
			}
			line := fmt.Sprintf("%d %d %s", i, j, strings.Repeat("宽", 100))
			g.types(line + "\x01\x05\x1b[D\x1b[C\r")
			ear.sees("giant: " + line + "\n")
		}
		if out := screen.String(); len(out) > 1<<20 {
			t.Errorf("width %d: %d bytes were written to the terminal", size, len(out))
		}
		g.types("/quit\r")
		if err := s.Wait(); err != nil {
			t.Errorf("width %d: %v", size, err)
		}
		b.client.Close()
	}
	n.rests()
}

// Protects everybody's time from those who type without end and never press Enter:
// what is costly to edit comes no faster than a person could want.
func TestTypingWithoutEnd(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t, "--limits", "on")
	n := h.neighbour(t)
	for i, keys := range []string{"x", "中", "👩\u200d", "ab \x17", "z\x1f", "\x12abc\x07", "\t", "\x1b[200~a\nb\x1b[201~\x7f"} {
		typist := h.seat(t, stranger{name: fmt.Sprint("typist", i), dialer: from(t, "127.0.0.3")})
		pour(t, cut{typist.stdin, typist.client}, strings.Repeat(keys, 400)+"%d")
	}
	n.goesRound(15) // beside this
	n.rests()
}

// Protects everybody who looks at the room through any door: whatever the way
// by which a byte can come to another's screen, none steers it. This is what
// escapes_test.go does not try: what operators set and say, the name of a
// client, its locale, its terminal, and the doors without commands.
func TestNobodySteersATerminalByAnyWay(t *testing.T) {
	t.Parallel()
	h := start(t, "--listen", "ssh://127.0.0.1:0", "--listen", "classic://127.0.0.1:0?idle=0",
		"--listen", "gopl://127.0.0.1:0", "--listen", "relay://127.0.0.1:0")
	victim := h.seat(t, stranger{name: "victim", key: signer(t)})
	ear := launch(t, h.ssh("ear", "-T")...)
	gopl, relay := h.ncAt("gopl"), h.ncAt("relay")
	gopl.sees("You are ")
	ear.sees("* ear joined")
	kit := h.atTerminal("kit", "xterm-kitty")
	kit.enters("/bell on")
	kit.enters("/notify on")
	kit.sees("notify: on")

	op := h.operator(t, "op")
	for _, typed := range []string{
		"/topic topic " + evil, "/motd motd " + evil, "/slow " + evil, "/invite " + evil, "/ban " + evil + " 1m " + evil,
		"/whois " + evil, "/ignore " + evil, "/history " + evil, "/search " + evil, "/key add " + evil, "/name release " + evil,
	} {
		op.types(typed + "\r")
	}
	for i, order := range []string{"/mute", "/kick", "/ban"} {
		name := fmt.Sprint("target", i)
		target := h.seat(t, stranger{name: name, key: signer(t)})
		op.types(fmt.Sprintf("%s %s 2h reason %s\r", order, name, evil))
		target.sees("reason <")
		atTerminal(t, name, target.raw.String())
	}

	mallory := h.lets(t, stranger{name: "mallory\u202e\u009b31m", version: "SSH-2.0-%s%n[31m", key: signer(t)})
	session := mallory.session()
	for name, value := range map[string]string{"LANG": "zh_CN." + evil, "LC_ALL": evil, "NO_COLOR": evil, evil: evil, "TERM": evil} {
		_ = session.Setenv(name, value)
	}
	screen := &transcript{}
	session.Stdout = screen
	stdin, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.RequestPty("xterm\x1b[31m"+evil, 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	m := &typist{mallory, "mallory", stdin, screen}
	m.types(marks + "typed " + evil + "\r/nick \u009b31mm\r/nick m\u200bm\r/nick \u202emm\r/msg victim told " + evil + "\r")
	victim.sees("to you] told <")
	for _, command := range []string{"whois guest", "whois target1", "history", "search <", "topic", "motd", "who", "say said " + evil} {
		out, _ := victim.does(command)
		inText(t, command, out)
	}
	victim.types("/whois guest\r/history\r/topic\r/motd\r")
	victim.sees("Topic: topic <", "motd <")

	gopl.types("gopl " + evil)
	relay.sends("root : relay " + evil)
	relay.sees("said <")
	victim.sees(": gopl <", "root: relay <")
	for _, typed := range []string{"4;1;50 kit", `9;"/tmp/evil" kit`, "kit " + evil, "https://kit.example/" + evil + " kit", "/nick 4;1;50", "kit?", "/msg kit 9;4;1;50", "/msg kit " + evil} {
		m.types(typed + "\r")
	}
	kit.sees("9;4;1;50")
	op.types("/bans\r/audit 100\r")
	op.sees("kick")
	newcomer := h.seat(t, stranger{name: "newcomer"})
	newcomer.sees("motd <", "Topic: topic <")
	newcomer.types("said last\r")

	for name, seen := range map[string]fmt.Stringer{"victim": victim.raw, "op": op.raw, "newcomer": newcomer.raw, "mallory": screen, "kit": kit.out} {
		if name != "mallory" {
			eventually(t, name+" sees the last line", func() bool { return strings.Contains(seen.String(), "said last") })
		}
		atTerminal(t, name, seen.String())
		if name != "kit" && strings.ContainsAny(seen.String(), "\a\b") {
			t.Errorf("%s is sent a bell or a backspace", name)
		}
	}
	for name, c := range map[string]*client{"ear": ear, "gopl": gopl, "relay": relay} {
		c.sees("said last")
		inText(t, name, c.out.String())
	}
	inText(t, "the log", h.err.String())
}
