package terminal

import (
	"slices"
	"strings"
	"testing"
)

// Plain mode writes nothing but text, CR LF and "\b \b".
func TestPlain(t *testing.T) {
	const undo, tab, search = "\x1f", "\t", "\x12"
	long := strings.Repeat("x", 40)
	for _, test := range []struct {
		name, want string
		keys       []string // typed between two Draws
	}{
		{"typed", "hello", []string{"hel", "lo"}},
		{"entered", "one\r\n\r\ntwo\r\nthr", []string{"on", "e\r\rtwo\r", "thr"}},
		{"erased", "ab\b \b\b \b中\b \b\b \b" + family + "\b \b\b \bc", []string{"ab", backspace + backspace, "中", backspace, family, backspace, "c"}},
		{"erased and typed at once", "ac", []string{"ab" + backspace + "c"}},
		{"a mark that comes late", "e\r\n> e\u0301\b \b", []string{"e", "\u0301", backspace}},
		{"a mark that goes", "e\u0301\r\n> e", []string{"e\u0301", backspace + "e"}},
		{"erased in a row that has wrapped", long + "\r\n> " + long[1:], []string{long, backspace}},
		{"moves say nothing", "ab\r\n> axb", []string{"ab", left, "x"}},
		{"erased in the middle", "ab\r\n> b", []string{"ab", left + backspace}},
		{"kill", "one two\r\n> one two", []string{"one two", "\x17", "\x19"}},
		{"kill of all", "one\r\ntwo", []string{"one", "\x15", "two"}},
		{"interrupt", "one\r\ntwo", []string{"one", "\x03", "two"}},
		{"history", "one\r\n> one\r\nt\r\n> one\r\n> t", []string{"one\r", up, down, "t", up, down}},
		{"undo", "one\r\n", []string{"one", undo}},
		{"clear", "one", []string{"one", "\x0c"}},
		{"newline and block", "a↵[2 lines pasted]", []string{"a\x1b\r", pasteOn + "b\nc" + pasteOff}},
		{"one option", "ann \r\n", []string{"a", tab, "\r"}},
		{"options", "b\r\nbob  bobby\r\n> bob\r\n> bobby\r\n> bob!", []string{"b", tab, tab, tab, tab, "!"}},
		{"search", "one\r\ntwo\r\n(search) : \r\n(search) o: two\r\n(search) on: one\r\n> one\r\n", []string{"one\rtwo\r", search, "o", "n", "\r"}},
		{"search that is cancelled", "x\r\n(search) : x\r\n> x", []string{"x", search, "\x07"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			terminal := New(Config{Prompt: "> ", Width: 40, Plain: true, Complete: completeNames("bob", "bobby", "ann ")})
			out := terminal.Open(nil, []byte("welcome\r\n"))
			for _, keys := range test.keys {
				terminal.Feed([]byte(keys))
				out = terminal.Draw(out, nil)
			}
			if want := "welcome\r\n" + test.want; string(out) != want {
				t.Errorf("the terminal is sent\n     %q\nwant %q", out, want)
			}
		})
	}
}

// Lines arrive in plain mode.
func TestPlainIncomingLines(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", Plain: true})
	p.receive("<ann> hello", "<bob> hi")
	p.expectScreen("<ann> hello", "<bob> hi", "|")
	p.typeKeys("中文")
	p.receive("<ann> tea?")
	p.expectScreen("<ann> hello", "<bob> hi", "中文", "<ann> tea?", "> 中文|")
	p.typeKeys("字", backspace, backspace, backspace)
	p.expectScreen("<ann> hello", "<bob> hi", "中文", "<ann> tea?", "> |")
	p.receive("<bob> yes")
	p.typeKeys("x")
	p.expectScreen("<ann> hello", "<bob> hi", "中文", "<ann> tea?", ">", "<bob> yes", "x|")
	p.show(p.terminal.Close(nil, []byte("bye\r\n")))
	p.expectScreen("<ann> hello", "<bob> hi", "中文", "<ann> tea?", ">", "<bob> yes", "x", "bye", "|")

	p = newTestUser(t, Config{Plain: true})
	p.terminal.Feed([]byte(strings.Repeat("hello\r", 100_000)))
	if n := len(p.terminal.Draw(nil, nil)); n > maxEnteredBytes+100 {
		t.Errorf("half a megabyte of input at once is echoed with %d bytes, want %d at most", n, maxEnteredBytes+100)
	}
}

// Switching plain mode on and off leaves the screen as it should be.
func TestSwitchPlain(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", Complete: completeNames("bob", "bobby")})
	p.receive("hello")
	p.typeKeys("bo\t")
	p.terminal.SetPlain(true)
	p.receive("plain")
	p.expectScreen("hello", "plain", "bob  bobby", "> bob|")
	if p.screen.paste {
		t.Error("the terminal still marks pastes in plain mode")
	}
	p.typeKeys("x", left)
	p.terminal.SetPlain(false)
	p.show(p.terminal.Draw(nil, nil))
	p.expectScreen("hello", "plain", "bob  bobby", "> bobx", "> bob|x")
	if !p.screen.paste {
		t.Error("the terminal does not mark pastes after plain mode")
	}
	p.typeKeys("\x03")
	p.terminal.SetPlain(true)
	p.terminal.Resize(10)
	p.screen.resize(10)
	p.show(p.terminal.Draw(nil, nil))
	p.typeKeys("y\r")
	p.terminal.SetPlain(false)
	p.receive("again")
	if got := slices.Collect(strings.Lines(p.screen.String())); !slices.Equal(got[len(got)-3:], []string{"y\n", "again\n", ">\n"}) {
		t.Errorf("the screen shows %q, want at its end y, again and the prompt", got)
	}
}
