package terminal

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

const (
	left, right, up, down = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
	home, end, backspace  = "\x1b[H", "\x1b[F", "\x7f"
	pasteOn, pasteOff     = "\x1b[200~", "\x1b[201~"

	family = "👨‍👩‍👧‍👦"
)

// A testUser is a user at a screen with a Terminal.
type testUser struct {
	*testing.T
	terminal *Terminal
	screen   *screen
	actions  []Action
}

func newTestUser(t *testing.T, c Config) *testUser {
	t.Helper()
	p := &testUser{T: t, terminal: New(c), screen: newScreen(clampWidth(c.Width), 24)}
	p.show(p.terminal.Open(nil, nil))
	return p
}

func (u *testUser) show(out []byte) {
	u.Helper()
	u.screen.write(out)
	if u.screen.err != nil {
		u.Fatal(u.screen.err)
	}
}

func (u *testUser) typeKeys(keys ...string) {
	u.Helper()
	u.actions = append(u.actions, u.terminal.Feed([]byte(strings.Join(keys, "")))...)
	u.show(u.terminal.Draw(nil, nil))
}

func (u *testUser) receive(lines ...string) {
	u.Helper()
	u.show(u.terminal.Draw(nil, []byte(strings.Join(lines, "\r\n")+"\r\n")))
}

func (u *testUser) resize(columns int) {
	u.Helper()
	u.screen.resize(columns)
	u.terminal.Resize(columns)
	u.show(u.terminal.Draw(nil, nil))
}

// expectScreen compares everything on the screen; "|" is the cursor.
func (u *testUser) expectScreen(lines ...string) {
	u.Helper()
	line := u.screen.lines[u.screen.y]
	for len(line.cells) < u.screen.x {
		line.cells = append(line.cells, " ")
	}
	kept := line.cells
	line.cells = slices.Insert(slices.Clone(kept), u.screen.x, "|")
	got := strings.TrimSuffix(u.screen.String(), "\n")
	line.cells = kept
	if want := strings.Join(lines, "\n"); got != want {
		u.Errorf("on the screen:\n%s\nwant:\n%s", got, want)
	}
}

func (u *testUser) expectActions(want ...Action) {
	u.Helper()
	if len(want) != len(u.actions) || len(want) > 0 && !reflect.DeepEqual(u.actions, want) {
		u.Errorf("the host is told %v, want %v", u.actions, want)
	}
	u.actions = nil
}

// Whatever counts as one character takes one key to delete, and leaves no debris on the screen.
func TestErase(t *testing.T) {
	for name, characters := range map[string][]string{
		"Chinese":            {"中", "文", "字"},
		"families":           {family, "👩🏽‍🚀", family},
		"flags":              {"🇨🇳", "🇫🇷", "🇧🇷"},
		"combining":          {"e\u0301", "x", "a\u0308\u0304"},
		"Hangul":             {"한", "\u1112\u1161\u11ab", "글"},
		"keycaps and hearts": {"1️⃣", "❤️", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTestUser(t, Config{Prompt: "> "})
			p.typeKeys(characters...)
			for n := len(characters); n > 0; n-- {
				p.expectScreen("> " + strings.Join(characters[:n], "") + "|")
				p.typeKeys(backspace)
			}
			p.expectScreen("> |")
		})
	}
}

// Every key moves or changes what it should, and the cursor is where the text says.
func TestEdit(t *testing.T) {
	for _, test := range []struct{ name, keys, want string }{
		{"insert in the middle", "中字" + left + "文", "中文|字"},
		{"left over an emoji", "a" + family + "b" + left + left, "a|" + family + "b"},
		{"ends of the line", "bc" + home + "a" + end + "d", "abcd|"},
		{"other homes and ends", "bc\x1b[1~a\x1b[4~d\x1bOH0\x1b[8~e\x01_\x05f\x1b[7~!\x1bOF.", "!_0abcdef.|"},
		{"control arrows", "ab\x02x\x06y", "axby|"},
		{"beyond the ends", "a" + right + right + left + left + left + "b", "b|a"},
		{"delete", "abcd" + home + "\x1b[3~\x04", "|cd"},
		{"delete at the end", "ab\x1b[3~\x04", "ab|"},
		{"backspace at the start", "ab" + home + "\x7f\x08", "|ab"},
		{"accent typed later", "e" + "\u0301" + backspace, "|"},
		{"accent in the middle", "aec" + left + "\u0301" + left, "a|e\u0301c"},
		{"accent before everything", "\u0301", "|"},
		{"joiner typed between", "👨👩" + left + "\u200d" + left, "|👨\u200d👩"},
		{"flag completed", "🇨" + "🇳" + left, "|🇨🇳"},
		{"flag inserted before flags", "🇫🇷🇧🇷" + home + "🇨🇳", "🇨🇳|🇫🇷🇧🇷"},
		{"half a flag before flags", "🇫🇷🇧🇷" + home + "🇨" + home, "|🇨🇫🇷🇧🇷"},
		{"letter typed before a mark", "\u0301" + home + "e" + home + right + backspace, "|"},
		{"neighbours join when what parts them goes", "🇨x🇳" + left + backspace + left, "|🇨🇳"},
		{"kill to the end", "abc def" + left + left + left + "\x0b", "abc |"},
		{"kill to the start", "abc def" + left + left + left + "\x15", "|def"},
		{"kill and yank", "abc def\x17" + home + "\x19", "def|abc"},
		{"kills add up", "one two three\x17\x17" + home + "\x19", "two three|one"},
		{"kills after a move do not", "one two three\x17" + home + end + "\x17" + home + "\x19", "two |one"},
		{"kill words right", "one two three" + home + "\x1bd\x1bd", "| three"},
		{"alt-backspace", "one, two\x1b\x7f\x1b\x08x", "x|"},
		{"yank nothing", "a\x19", "a|"},
		{"words", "one, 二 three" + "\x1bb\x1bbx\x1bf\x1bfy", "one, x二 threey|"},
		{"control arrows go by words", "one two\x1b[1;5Dx\x1b[1;5D\x1b[1;5Dy\x1b[1;5Cz", "yonez| xtwo"},
		{"transpose at the end", "a中\x14", "中a|"},
		{"transpose in the middle", "ab" + family + left + "\x14", "a" + family + "b|"},
		{"transpose too little", "a\x14" + home + "\x14", "|a"},
		{"interrupt clears", "abc\x03d", "d|"},
		{"tab is nothing here", "a\tb", "ab|"},
		{"not UTF-8", "a\xffb\xe4\xb8c\x80d\xe4\xb8\xe4\xb8\xad", "abcd中|"},
		{"surrogate, too long, too large", "a\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80b", "ab|"},
		{"C1", "a\u009b31mb\u0085", "a31mb|"},
		{"reordering", "a\u202eb\u2066c\u200fd\u061c", "abcd|"},
		{"not to be seen", "a\u200bb\ufeffc\u2060d\u00ad\u2028\U000e0041\ufffe\ufdd0\U0001ffff", "abcd|"},
		{"unknown alt", "a\x1bzb", "ab|"},
		{"unknown keys", "a\x1b[15~\x1bOP\x1b[24;2~\x1b[[Ab", "ab|"},
		{"reports", "a\x1b[12;34R\x1b[?62;1c\x1b[I\x1b[O\x1b[<0;10;20M\x1b[M !!\x1b[?1;2Hb", "ab|"},
		{"strings", "a\x1b]11;rgb:0/0/0\x07b\x1bP>|xterm\x1b\\c\x1b_x\x1b\\d\x1b^x\x1b\\e\x1bXx\x1b\\f", "abcdef|"},
		{"a string that the person did not mean", "a\x1b]b\x7fcd", "cd|"},
		{"sequence broken off by a sequence", "ab\x1b[12\x1b[Dc", "ac|b"},
		{"sequence broken off by text", "ab\x1b[12中", "ab中|"},
		{"shift and an arrow", "ab\x1b[1;2Dc", "ac|b"},
		{"end bracket without a paste", "a\x1b[201~b", "ab|"},
		{"iTerm2's words", "one two\x1b[1;9Dx\x1b[1;9D\x1b[1;9Dy\x1b[1;9Cz", "yonez| xtwo"},
		{"rxvt's words", "one two\x1bOdx\x1bOd\x1bOdy\x1bOcz", "yonez| xtwo"},
		{"words by Escape and an arrow", "one two\x1b\x1b[Dx\x1b\x1bOD\x1b\x1b[Dy\x1b\x1b[Cz", "yonez| xtwo"},
		{"PuTTY's words, once it has sent an arrow", "one two" + left + right + "\x1bODx\x1bOD\x1bODy\x1bOCz", "yonez| xtwo"},
		{"arrows of a terminal in application mode", "one two\x1bODx\x1bOD\x1bODy\x1bOCz", "one tywz|xo"},
		{"digits after ESC O", "one two\x1bO5Dx\x1bO5D\x1bO1;5Dy\x1bO5Cz", "yonez| xtwo"},
		{"Caps Lock is held", "one two\x1b[1;69Dx\x1b[1;65Dy", "one y|xtwo"},
		{"words to kill", "one two three" + home + "\x1b[3;3~\x1b[3^", "| three"},
		{"rxvt's ends", "bc\x1b[7^a\x1b[8^d", "abcd|"},
		{"new lines by Shift-Enter", "a\x1b[13;2ub\x1b[27;2;13~c\x1b[13;5ud\x1b[27;5;13~e", "a↵b↵c↵d↵e|"},
		{"keys by their codes", "ab cd\x1b[127u\x1b[32;2u\x1b[57358u中\x1b[20013u\x1b[97;5ux\x1b[102;3u\x1b[127;5u\x1b[27u", "| c 中中"},
		{"codes of no key", "a\x1b[u\x1b[;u\x1b[999999999999u\x1b[55296u\x1b[8238u\x1b[27;1~b", "ab|"},
		{"the keypad", "\x1bOq\x1bOk\x1bOr", "1+2|"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newTestUser(t, Config{Prompt: "> "})
			p.typeKeys(test.keys)
			p.expectScreen("> " + test.want)
			p.expectActions()

			p = newTestUser(t, Config{Prompt: "> "})
			for i := range len(test.keys) {
				p.typeKeys(test.keys[i : i+1])
			}
			p.expectScreen("> " + test.want)
		})
	}
}

// Keys that end the row cause an action, others do not.
func TestActions(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys("hello\r")
	p.expectScreen("> |")
	p.expectActions(Action{Enter, "hello"})

	p.typeKeys("\r")
	p.typeKeys("\n") // one Enter in two pieces
	p.typeKeys("\n\r\r\n")
	p.expectActions(Action{Enter, ""}, Action{Enter, ""}, Action{Enter, ""}, Action{Enter, ""})

	p.typeKeys("x\x03\x03\x04")
	p.expectActions(Action{Kind: Interrupt}, Action{Kind: EOF})

	p.typeKeys("你", "好\r", "a\x1bz\r")
	p.expectActions(Action{Enter, "你好"}, Action{Enter, "a"})
}

// Lines that arrive while the user types appear above the row, in order, and the row stays whole.
func TestIncomingLines(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys("中文", left)
	p.receive("<ann> hello")
	p.typeKeys("x")
	p.receive("<bob> 你好", "<ann> "+family)
	p.expectScreen("<ann> hello", "<bob> 你好", "<ann> "+family, "> 中x|文")

	before := []byte("kept")
	if out := p.terminal.Draw(before, nil); string(out) != "kept" {
		t.Errorf("drew %q with nothing to do", out)
	}
	p.typeKeys(end, right, "\x1b[3~", "\x00")
	if out := p.terminal.Draw(nil, nil); out != nil {
		t.Errorf("drew %q after keys that change nothing", out)
	}
}

// Close leaves the terminal as Open found it.
func TestOpenClose(t *testing.T) {
	p := &testUser{T: t, terminal: New(Config{Prompt: "> "}), screen: newScreen(80, 24)}
	p.show(p.terminal.Draw(nil, []byte("early\r\n")))
	p.expectScreen("early", "|")
	p.show(p.terminal.Open(nil, []byte("welcome\r\n")))
	if !p.screen.paste {
		t.Error("the terminal does not mark pastes")
	}
	p.typeKeys("half a line")
	p.show(p.terminal.Close(nil, []byte("goodbye\r\n")))
	p.expectScreen("early", "welcome", "goodbye", "|")
	if p.screen.paste {
		t.Error("the terminal still marks pastes after Close")
	}
	p.typeKeys("nothing")
	p.show(p.terminal.Draw(nil, []byte("late\r\n")))
	p.show(p.terminal.Close(nil, nil))
	p.expectScreen("early", "welcome", "goodbye", "late", "|")
}

// After a change of the window nothing is left of the old row, whether the user types next or a
// line arrives.
func TestResize(t *testing.T) {
	text := "the quick brown fox jumps over the lazy dog"
	p := newTestUser(t, Config{Prompt: "> ", Width: 60})
	p.receive("hello")
	p.typeKeys(text)
	p.resize(80)
	p.expectScreen("hello", "> "+text+"|")
	p.resize(20)
	p.expectScreen("hello", "> over the lazy dog|")
	p.resize(70)
	p.expectScreen("hello", "> "+text+"|")

	for range 20 {
		p.typeKeys(left)
	}
	p.screen.resize(12) // the terminal wraps at once; the server learns of it later
	p.screen.resize(16)
	p.terminal.Resize(16)
	p.receive("more")
	p.expectScreen("hello", "more", "> wn fox jum|ps")

	p.typeKeys("\x15\x0b", strings.Repeat("中", 20))
	p.resize(40)
	p.resize(15)
	p.resize(33)
	p.expectScreen("hello", "more", "> "+strings.Repeat("中", 15)+"|")

	p.typeKeys("\x03", strings.Repeat("x", 28)) // fills two rows of 15 exactly
	p.resize(15)
	p.resize(33)
	p.typeKeys(left, left)
	p.resize(14)
	p.resize(33)
	p.expectScreen("hello", "more", "> "+strings.Repeat("x", 26)+"|xx")

	p.typeKeys("\x03", strings.Repeat("中", 14)) // 14 cells fit into 15 columns
	p.resize(33)
	p.resize(15)
	p.resize(7)
	p.expectScreen("hello", "more", "> 中中|")

	p.screen.resize(5)
	p.terminal.Resize(5)
	p.show(p.terminal.Close(nil, []byte("bye\r\n")))
	p.expectScreen("hello", "more", "bye", "|")
}

// A line that is longer than the window scrolls sideways.
func TestScroll(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", Width: 15})
	p.typeKeys("abcdefghijkl")
	p.expectScreen("> abcdefghijkl|")
	p.typeKeys("m")
	p.expectScreen("> bcdefghijklm|")
	p.typeKeys(left, left)
	p.expectScreen("> bcdefghijk|lm")
	p.typeKeys(left, left, left)
	p.expectScreen("> abcdefgh|ijkl")
	p.typeKeys(home)
	p.expectScreen("> |abcdefghijkl")
	p.typeKeys(end, "中文字")
	p.expectScreen("> hijklm中文字|")
	p.typeKeys(left)
	p.expectScreen("> hijklm中文|字")
}

// In a very narrow window hardly anything fits.
func TestNarrow(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "someone's prompt> ", Width: 1})
	p.typeKeys("中文", family)
	p.expectScreen("|") // a family may take eight cells
	p.typeKeys(left)
	p.expectScreen("文|")
	p.resize(60)
	p.expectScreen("someone's prompt> 中文|" + family)
}

// On terminals that use more cells than we count, the row does not wrap and the cursor is right.
func TestWiderThanCounted(t *testing.T) {
	for _, text := range []string{family, "🇨🇳", "한", "\u1112\u1161\u11ab", "e\u0301", "स्ते", "❤️"} {
		for n := range 40 {
			p := newTestUser(t, Config{Prompt: "> ", Width: 20})
			p.screen.byRune = true
			p.receive("before")
			p.typeKeys(strings.Repeat(text, n), left, left)
			p.receive("after")
			if len(p.screen.lines) != 3 {
				t.Fatalf("a row with %d times %s takes %d lines, want 1", n, text, len(p.screen.lines)-2)
			}
		}
	}
}

// Characters of ambiguous width count as on East Asian terminals.
func TestEastAsian(t *testing.T) {
	p := newTestUser(t, Config{Width: 12, EastAsian: true})
	p.typeKeys("……………………")
	p.expectScreen("……………|") // 5 of them take 10 cells there
	p.typeKeys("\x03", "приветприве")
	p.expectScreen("приветприве|") // letters take one

	p = newTestUser(t, Config{Prompt: "> ", Plain: true, EastAsian: true})
	p.typeKeys("при")
	p.typeKeys("\x7f")
	p.expectScreen("пр|")
}

// Up and Down go back and forth through earlier messages.
func TestHistory(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys(up, down)
	p.expectScreen("> |")
	p.typeKeys("one\r", "two\r", "two\r", "  \r", "\r", "thr", up)
	p.expectScreen("> two|")
	p.typeKeys("\x10")
	p.expectScreen("> one|")
	p.typeKeys(up, "!", down)
	p.expectScreen("> two|")
	p.typeKeys("\x0e")
	p.expectScreen("> thr|")
	p.typeKeys(down, "ee", up, up, "\r", up)
	p.expectScreen("> one|")
	p.typeKeys(up)
	p.expectScreen("> two|")
	p.typeKeys("\x03", "new", up, down)
	p.expectScreen("> new|")
}

// The history keeps the newest lines.
func TestHistoryIsBounded(t *testing.T) {
	var h history
	for i := range 1000 {
		h.add(fmt.Sprint(i))
	}
	if len(h.lines) != maxHistoryLines || string(h.lines[maxHistoryLines-1].text) != "999" {
		t.Errorf("after 1000 messages the history has %d lines, the newest %s; want %d and 999", len(h.lines), h.lines[len(h.lines)-1].text, maxHistoryLines)
	}
	for i := range 100 {
		h.add(strings.Repeat("x", 1000+i))
	}
	if h.bytes > maxHistoryBytes || h.bytes < maxHistoryBytes-2000 {
		t.Errorf("after long messages the history has %d bytes, want nearly %d", h.bytes, maxHistoryBytes)
	}
	h.add(strings.Repeat("y", maxHistoryBytes+1))
	if len(h.lines) != 0 || h.bytes != 0 {
		t.Errorf("after a message that is too long the history has %d lines of %d bytes, want none", len(h.lines), h.bytes)
	}
}

// A paste neither sends lines by itself nor controls the terminal.
func TestPaste(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", MaxBytes: 50})
	p.typeKeys("a", pasteOn, "one\ttwo\x07\x1b[31m\u202e中\xff\u009b\r\n\n", pasteOff, "b")
	p.expectScreen("> aone two中b|")
	p.expectActions()
	p.typeKeys("\r")
	p.expectActions(Action{Kind: Enter, Line: "aone\ttwo中b"}) // a tab is text
	p.typeKeys(up)
	p.expectScreen("> aone two中b|")

	p.typeKeys("\x03", "x", pasteOn, strings.Repeat("y", 200), pasteOff, "z", pasteOn, pasteOff)
	p.expectScreen("> xz|") // all or nothing
	p.expectActions(Action{Kind: TooLong})

	p.typeKeys(pasteOn, strings.Repeat("y", 10_000), pasteOff, "z")
	p.expectScreen("> xzz|")
	p.expectActions(Action{Kind: TooLong})

	p.typeKeys(pasteOn, "\x1b[20", "\x1b[201\x1b\x1b[201~")
	p.expectScreen("> xzz|")
	p.typeKeys("\x03", pasteOn, pasteOn, pasteOff)
	p.expectScreen("> |")
}

// ^C is the way out of a paste whose end is lost.
func TestPasteWithoutEnd(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys("a", pasteOn, "lost\r", strings.Repeat("lost", 10_000))
	p.expectScreen("> a|")
	if n := cap(p.terminal.decoder.paste); n != 0 {
		t.Errorf("%d bytes are kept of a paste that is too long", n)
	}
	p.typeKeys("\x03", "b\r")
	p.expectActions(Action{Enter, "ab"})
}

// A full row reports that once for each Feed.
func TestFull(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", MaxBytes: 3})
	p.typeKeys(strings.Repeat("x", 100_000), "\r")
	p.expectActions(Action{Kind: Full}, Action{Enter, "xxxxxxxxxxxx"})
	p.typeKeys("1234567890", "中")
	p.expectActions(Action{Kind: Full})
	p.typeKeys("1", "2")
	p.expectActions()
	p.typeKeys("\x15\x19")
	p.expectActions()
	p.typeKeys("\x19\r")
	p.expectActions(Action{Kind: Full}, Action{Enter, "123456789012"})
}

// The row shows the length of a message that is too long, and shows it again after a refusal.
func TestTooLong(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "#lobby > ", MaxBytes: 40, Width: 60})
	p.typeKeys(strings.Repeat("中", 11), "xx")
	p.expectScreen("#lobby > " + strings.Repeat("中", 11) + "xx|")
	p.typeKeys("y")
	p.expectScreen("#lobby > (36/40) " + strings.Repeat("中", 11) + "xxy|")
	p.typeKeys("\x15", pasteOn, "one\n", strings.Repeat("x", 40), pasteOff)
	p.expectScreen("#lobby > (44/40) [2 lines pasted]|")
	p.resize(24)
	p.expectScreen("(44/40) [2 lines pas|") // the length comes before the prompt
	p.resize(60)
	p.typeKeys("\r")
	long := "one\n" + strings.Repeat("x", 40)
	p.expectActions(Action{Enter, long})
	p.terminal.PutBack(long)
	p.typeKeys("\x01", "\x1b[3~")
	p.expectScreen("#lobby > (43/40) |ne↵" + strings.Repeat("x", 39))
	p.typeKeys(up, down)
	p.expectScreen("#lobby > |")

	for _, line := range []string{"one", "  ", ""} {
		p.typeKeys("\x03", "first\r", "more\r", "other")
		p.terminal.PutBack(line)
		p.expectScreen("#lobby > other|")
		p.typeKeys("\x03")
	}
	p.terminal.PutBack("  ")
	p.expectScreen("#lobby > |")
	p.typeKeys("more\r")
	p.terminal.PutBack("more")
	p.typeKeys(up)
	p.expectScreen("#lobby > first|")
	p.typeKeys(down, down)
	p.expectScreen("#lobby > |")
	p.typeKeys("\x12m")
	p.terminal.PutBack("more")
	p.typeKeys("\x07")
	p.expectScreen("#lobby > |")
}

// Unsent returns the draft, whatever the row shows.
func TestUnsent(t *testing.T) {
	for typed, want := range map[string]string{
		"":                              "",
		"  ":                            "",
		"said\r":                        "",
		"draft":                         "draft",
		"said\r" + up:                   "",
		"said\rdraft" + up:              "draft",
		"said\rdraft" + up + " changed": "said changed",
		"said\rdraft\x12sai":            "draft",
		pasteOn + "a\n\tb" + pasteOff:   "a\n\tb",
		"said\r" + pasteOn + "a\nb" + pasteOff + "c" + up: "a\nbc",
	} {
		p := newTestUser(t, Config{})
		p.typeKeys(typed)
		if got := p.terminal.Unsent(); got != want {
			t.Errorf("after %q was typed, %q counts as unsent, want %q", typed, got, want)
		}
	}
}

// entered returns the messages that can be recalled, the oldest first.
func entered(terminal *Terminal) (messages []string) {
	terminal.mu.Lock()
	defer terminal.mu.Unlock()
	for _, line := range terminal.history.lines {
		messages = append(messages, string(line.text))
	}
	return messages
}

// The longest row fits into the history, beside earlier messages.
func TestLongestRow(t *testing.T) {
	p := newTestUser(t, Config{})
	long := strings.Repeat("中", 4*4000/3) + "x"
	p.typeKeys("short\r", long, "\r")
	p.expectActions(Action{Enter, "short"}, Action{Enter, long})
	if got := entered(p.terminal); !slices.Equal(got, []string{"short", long}) {
		t.Errorf("Up recalls %d messages, want the short and the longest one", len(got))
	}
}

// The host may pass text to Paste.
func TestHostPaste(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", MaxBytes: 10})
	paste := func(text string) {
		p.actions = append(p.actions, p.terminal.Paste([]byte(text))...)
		p.typeKeys()
	}
	p.typeKeys("a")
	paste("\rone\rtwo\x07\r")
	p.expectScreen("> (9/10) a[3 lines pasted]|")
	p.expectActions()
	paste(strings.Repeat("x", 40))
	paste(strings.Repeat("x", 4000))
	p.expectScreen("> (9/10) a[3 lines pasted]|")
	p.expectActions(Action{Kind: TooLong}, Action{Kind: TooLong})
	p.typeKeys("\r")
	p.expectActions(Action{Enter, "a\none\ntwo"})
	if p.terminal.MarksPastes() {
		t.Error("MarksPastes is true before the terminal has marked a paste")
	}
	p.typeKeys("\x1b[200~")
	paste("x\x1b[201~")
	p.typeKeys(pasteOff)
	if !p.terminal.MarksPastes() {
		t.Error("MarksPastes is false after the terminal has marked a paste")
	}
	p.terminal.SetPlain(true)
	p.typeKeys()
	if p.terminal.MarksPastes() {
		t.Error("MarksPastes is true in plain mode, where nobody asked for it")
	}
}

// A paste may have the maximal length although only half of it is printable.
func TestLongestPaste(t *testing.T) {
	p := newTestUser(t, Config{MaxBytes: 10})
	raw := strings.Repeat("\r\n", 40)
	p.typeKeys(pasteOn, "x", raw[1:], pasteOff, pasteOn, "x", raw, pasteOff, "\r")
	p.expectActions(Action{Kind: TooLong}, Action{Enter, "x"})
}

// A stack of combining marks is too short to reach into other users' lines.
func TestCombiningMarks(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", MaxBytes: 5000})
	p.typeKeys("z", strings.Repeat("\u0321\u0489", 1000), "!", "\r")
	if line := p.actions[0].Line; len(line) > maxCluster+1 || !strings.HasSuffix(line, "!") {
		t.Errorf("a typed stack of 2000 marks is sent with %d bytes: %q", len(line), line)
	}
	p.typeKeys("z", pasteOn, strings.Repeat("\u0321\u0489", 1000), "!", pasteOff, "\r")
	if line := p.actions[1].Line; len(line) > 2*maxCluster+1 || !strings.HasSuffix(line, "!") {
		t.Errorf("a pasted stack of 2000 marks is sent with %d bytes: %q", len(line), line)
	}
}

// Two stacks of marks that combine are still bounded.
func TestMarksThatJoin(t *testing.T) {
	tower := strings.Repeat("\u0301", 30)
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys("e"+tower+"x"+home+right+right, tower, left, backspace, "\r")
	p.typeKeys("e"+tower+pasteOn+tower+"\n"+pasteOff, pasteOn+tower+"\n!"+pasteOff, "\r")
	for _, a := range p.actions {
		for line := range strings.Lines(a.Line) {
			if n := len(line); n > maxCluster+1 {
				t.Errorf("two stacks of marks join to one of %d bytes: %q", n, line)
			}
		}
	}
}

// A sequence without an end swallows a bounded number of bytes.
func TestUnterminatedInput(t *testing.T) {
	for _, begin := range []string{"\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX"} {
		p := newTestUser(t, Config{Prompt: "> "})
		p.typeKeys(begin, strings.Repeat("1", maxSequence), "hello")
		p.expectScreen("> hello|")
	}
}

// ^L leaves nothing but the row.
func TestClear(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	p.receive("hello")
	p.typeKeys("abc", left, "\x0c")
	window := p.screen.lines[p.screen.top():]
	if got := window[0].String(); got != "> abc" || p.screen.y != p.screen.top() {
		t.Errorf("after ^L the window begins with %q and the cursor is in line %d, want the row and line %d", got, p.screen.y, p.screen.top())
	}
}

// A user who only reads costs little memory, and so does one who once wrote a long line.
func TestIdle(t *testing.T) {
	if size := reflect.TypeFor[Terminal]().Size(); size > 768 {
		t.Errorf("a Terminal takes %d bytes", size)
	}
	p := newTestUser(t, Config{Prompt: "> ", Complete: completeNames("bob", "bobby")})
	p.typeKeys(strings.Repeat("中", 1000), "\r")
	kept := cap(p.terminal.row.text) + cap(p.terminal.row.sizes) + cap(p.terminal.display.view.bytes) + cap(p.terminal.decoder.paste)
	if kept > 3*maxKeptCap {
		t.Errorf("after a long message was sent, %d bytes are kept", kept)
	}
	p.typeKeys(pasteOn, "a\nb", pasteOff, "\x12中\x12", end, "b\t\t")
	p.typeKeys("\r")
	if r := &p.terminal.row; r.blocks != nil || r.undoLog != nil || p.terminal.search != nil || p.terminal.completion != nil || p.terminal.display.view.hint != nil || p.terminal.lastSearch != nil {
		t.Error("part of the message is kept after Enter")
	}
}

// For the race detector: the two goroutines of a session run, and a third calls what any may
// call.
func TestConcurrentUse(t *testing.T) {
	terminal := New(Config{Complete: completeNames("中文a", "中文b"), Pasted: func(int) string { return "lines" }})
	out := terminal.Open(nil, nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 2000 {
			terminal.Feed([]byte("中文" + left + backspace + end + "中文\t\t\x12中\x1f" + pasteOn + "a\nb" + pasteOff + "\r"))
			terminal.Resize(20 + i%50)
		}
	})
	wg.Go(func() {
		for i := range 2000 {
			terminal.SetPrompt(strings.Repeat(">", i%5))
			terminal.SetPlain(i%10 < 3)
			entered(terminal)
		}
	})
	for range 2000 {
		out = terminal.Draw(out[:0], []byte("line\r\n"))
		if !utf8.Valid(out) {
			t.Fatalf("the terminal is sent half a character: %q", out)
		}
	}
	wg.Wait()
	terminal.Close(out[:0], nil)
}

// SetPrompt changes the prompt of a row on the screen.
func TestPrompt(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys("中文", left)
	p.terminal.SetPrompt("tea\x1b[31m\r> ")
	p.show(p.terminal.Draw(nil, nil))
	p.expectScreen("tea[31m> 中|文")
	p.terminal.SetPrompt("")
	p.receive("hello")
	p.expectScreen("hello", "中|文")
	p.terminal.SetPrompt("")
	if out := p.terminal.Draw(nil, nil); out != nil {
		t.Errorf("drew %q for the same prompt", out)
	}
}

// Messages of one session come back in the next, except those that the row could not hold.
func TestHistoryLasts(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys("one\r", "二\r")
	kept := entered(p.terminal)
	if want := []string{"one", "二"}; !reflect.DeepEqual(kept, want) {
		t.Fatalf("the messages that last are %q, want %q", kept, want)
	}
	kept = append(kept, "a\x1b[31m\x00\u202eb\xff\r\n", "", " \n ", strings.Repeat("x", 16_001))
	p = newTestUser(t, Config{Prompt: "> ", History: kept})
	p.typeKeys(up)
	p.expectScreen("> a[31mb|")
	p.typeKeys(up, up)
	p.expectScreen("> one|")
	if got := len(entered(p.terminal)); got != 3 {
		t.Errorf("the next session recalls %d messages, want 3", got)
	}
}

// A message of several lines stays in one row.
func TestLines(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys("\x1b\ra", "\x1b\n", "中\x1b\r", "\n\u0301")
	p.expectScreen("> ↵a↵中↵\u0301|")
	p.typeKeys("\x1bb\x1bb", backspace, left, "\x1b\r")
	p.expectScreen("> ↵↵|a中↵\u0301")
	p.typeKeys(end, backspace, "\x1b\r\r")
	p.expectActions(Action{Enter, "\n\na中"})
	p.typeKeys("\x1b\r \x1b\r\r", up)
	p.expectScreen("> ↵↵a中|")
	p.typeKeys(up)
	p.expectScreen("> ↵↵a中|") // blank messages are not kept
}

// Several pasted lines are one cluster in the row, and all the lines in the message.
func TestBlocks(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> "})
	paste := func(text string) string { return pasteOn + text + pasteOff }
	p.typeKeys("a", paste("one\r\ntwo\rthree\x07\n\n"), "\u0301b")
	p.expectScreen("> a[3 lines pasted]\u0301b|")
	p.typeKeys(left, left, backspace)
	p.expectScreen("> a\u0301|b")
	p.typeKeys("\x03", "x", paste("1\n2"), "中\x14", left, "\x17", "\x19\x19")
	p.expectScreen("> x中x中|[2 lines pasted]")
	p.typeKeys(left, "\x0b", home, "\x19", end, "\x19\r")
	p.expectActions(Action{Enter, "中1\n2x中x中1\n2"})
	p.typeKeys("\x19", up, down, "\r", up)
	p.expectScreen("> 中1↵2|")
	p.expectActions(Action{Enter, "中1\n2"})
	p.typeKeys("\x0b\x15", "x\x03")
	p.expectScreen("> |")
	if p.terminal.row.blocks != nil {
		t.Error("pasted lines are kept although no text contains them any more")
	}
}

// Every line of a block counts towards the length. Beyond the maximal number of blocks, lines
// stay lines.
func TestBlocksAreBounded(t *testing.T) {
	german := func(lines int) string { return fmt.Sprintf("«%d\x1b[31m Zeilen»", lines) }
	p := newTestUser(t, Config{Prompt: "> ", MaxBytes: 5, Pasted: german})
	p.typeKeys(pasteOn, "123456789\n12345", pasteOff, "\x17\x19\x19", "123456")
	p.expectScreen("> (20/5) «2[31m Zeilen»12345|")
	p.expectActions(Action{Kind: Full})
	p.typeKeys(backspace, pasteOn, "\n", pasteOff, pasteOn, "a\nb", pasteOff, "\r")
	p.expectActions(Action{Kind: TooLong}, Action{Enter, "123456789\n123451234"})

	p = newTestUser(t, Config{MaxBytes: 1000})
	p.typeKeys(strings.Repeat(pasteOn+"a\nb"+pasteOff, maxBlocks+1))
	if got := string(p.terminal.row.text[maxBlocks*blockSize:]); got != "a\nb" {
		t.Errorf("beyond the maximal number of blocks, the row shows %q", got)
	}
	p.typeKeys("\r")
	p.expectActions(Action{Enter, strings.Repeat("a\nb", maxBlocks+1)})
	p.resize(20)
	p.typeKeys(pasteOn, "a\nb", pasteOff)
	p.expectScreen("[2 lines p|")
}

// Config.Pasted may use the Terminal.
func TestPastedMayCallTerminal(t *testing.T) {
	var p *testUser
	p = newTestUser(t, Config{Pasted: func(int) string {
		p.terminal.SetPrompt("$ ")
		p.receive("meanwhile")
		return "pasted"
	}})
	p.typeKeys(pasteOn, "a\nb", pasteOff)
	p.expectScreen("meanwhile", "$ pasted|")
}

// Undo reverts changes step by step, and restores the cursor.
func TestUndo(t *testing.T) {
	const undo = "\x1f"
	for _, test := range []struct{ name, keys, want string }{
		{"nothing", undo, "|"},
		{"what was typed is one step", "ab中" + family + undo, "|"},
		{"a move parts what is typed", "ab" + left + "c" + right + "d" + undo + undo, "a|b"},
		{"an accent typed apart", "e" + left + right + "\u0301" + undo, "e|"},
		{"beyond the first", "a" + backspace + undo + undo + undo + "b", "b|"},
		{"each backspace", "abc" + backspace + backspace + undo, "ab|"},
		{"typed after a backspace", "ab" + backspace + "cd" + undo, "a|"},
		{"kill", "one two" + left + "\x17" + undo, "one tw|o"},
		{"kill of all", "one\x15" + undo, "one|"},
		{"yank", "one\x15\x19\x19" + undo, "one|"},
		{"transpose", "abc" + left + "\x14" + undo, "ab|c"},
		{"paste", "a" + pasteOn + "b" + pasteOff + pasteOn + "c" + pasteOff + undo, "ab|"},
		{"block", "a" + pasteOn + "b\nc" + pasteOff + backspace + undo, "a[2 lines pasted]|"},
		{"newline", "a\x1b\rb\x1b\r" + undo + undo, "a↵|"},
		{"neighbours that joined", "🇨x🇳" + left + backspace + undo + left, "🇨|x🇳"},
		{"history in one step", "a\rb\rc" + up + up + undo, "c|"},
		{"a change to the past", "a\r" + up + "b" + undo, "a|"},
		{"not beyond Enter", "a\r" + undo + "b", "b|"},
		{"not beyond an interrupt", "a\x03" + undo + "b", "b|"},
		{"typing after an undo", "ab" + left + "c" + undo + "d" + undo, "a|b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newTestUser(t, Config{Prompt: "> "})
			p.typeKeys(test.keys)
			p.expectScreen("> " + test.want)
		})
	}
}

// The undo log drops the oldest steps, and blocks that only they contain.
func TestUndoIsBounded(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", MaxBytes: 5000})
	for range maxUndoSteps {
		p.typeKeys("x", left, right)
	}
	p.typeKeys("\x15", strings.Repeat("\x1f", 100))
	p.expectScreen("> x|")
	p.typeKeys("\x03", strings.Repeat("y", 3000), strings.Repeat("\x15\x19", 100))
	if n := p.terminal.row.undoLog.bytes; n > maxUndoBytes {
		t.Errorf("the undo log has %d bytes, want %d at most", n, maxUndoBytes)
	}
	for range 100 {
		p.typeKeys("\x15", pasteOn, strings.Repeat("z\n", 2000), "z", pasteOff)
	}
	if n := p.terminal.row.blocks.totalBytes(); n > 4*p.terminal.maxRow {
		t.Errorf("pasted lines take %d bytes, want %d at most", n, 4*p.terminal.maxRow)
	}
	p.typeKeys("\x0b\r", strings.Repeat("q", 10_000), "\x15", "\r")
	if p.terminal.row.undoLog != nil {
		t.Error("the undo log is kept after Enter")
	}
}

// ^R finds earlier messages by some of their words.
func TestSearch(t *testing.T) {
	const search = "\x12"
	past := []string{"The kettle", "一杯茶", "the cups", "İstanbul tea", "a\nb"}
	for _, test := range []struct{ name, keys, want string }{
		{"begins with the row", "dra" + search, "(search) : dra|"},
		{"narrows", search + "t", "(search) t: İs|tanbul tea"},
		{"narrows on", search + "the", "(search) the: |the cups"},
		{"older", search + "the" + search, "(search) the: |The kettle"},
		{"no older", search + "the" + search + search, "(search?) the: |The kettle"},
		{"older is no more, but more words", search + "the" + search + search + " k", "(search) the k: |The kettle"},
		{"never said", search + "thx", "(search?) thx: |the cups"},
		{"backspace", search + "thx" + backspace, "(search) th: |the cups"},
		{"backspace to the row", "dra" + search + "th" + backspace + backspace + backspace, "(search) : dra|"},
		{"Chinese", search + "茶", "(search) 茶: 一杯|茶"},
		{"several lines", search + "b" + search + "\x07" + search + "\x01" + search + "b" + search, "(search) b: İstan|bul tea"},
		{"nothing to look for", search + search, "(search) : |"},
		{"cancel", "draft" + left + search + "the\x07", "draf|t"},
		{"cancel by ^C", "draft" + search + "the\x03", "draft|"},
		{"cancel by Escape", "draft" + search + "the\x1b\x1b", "draft|"},
		{"take and go on", "dra" + search + "cups" + left + "!", "the!| cups"},
		{"take and undo", "dra" + search + "cups" + end + "\x1f", "dra|"},
		{"take what was not found", "dra" + search + "xyz" + left, "dr|a"},
		{"take and go older", search + "cups" + up, "一杯茶|"},
		{"take and come back", "dra" + search + "cups" + down + down + down, "dra|"},
		{"paste", search + "cups" + pasteOn + "x" + pasteOff, "the x|cups"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newTestUser(t, Config{Prompt: "> ", History: past})
			p.typeKeys(test.keys)
			want := test.want
			if !strings.HasPrefix(want, "(") {
				want = "> " + want
			}
			p.expectScreen(want)
			p.expectActions()
		})
	}

	p := newTestUser(t, Config{Prompt: "> ", History: past, Search: "查\x1b找", Width: 20})
	p.typeKeys(search, "the")
	p.receive("hello")
	p.expectScreen("hello", "the: |the cups") // there is little room
	p.typeKeys("\r")
	p.expectActions(Action{Enter, "the cups"})
	p.typeKeys(search, strings.Repeat("中", 1000))
	p.expectScreen("hello", "中中中中: |")
	if n := len(p.terminal.search.query); n > maxQueryBytes {
		t.Errorf("a search looks for %d bytes, want %d at most", n, maxQueryBytes)
	}
	p.resize(4)
	p.expectScreen("hell", "o", ": |")
}

// completeNames offers those names that begin with the word before the cursor.
func completeNames(all ...string) func(string, int) (int, []string) {
	return func(line string, at int) (int, []string) {
		from := strings.LastIndexAny(line[:at], " \n") + 1
		var options []string
		for _, name := range all {
			if strings.HasPrefix(name, line[from:at]) {
				options = append(options, name)
			}
		}
		return from, options
	}
}

// Tab goes through the options, and the screen shows them above the row.
func TestComplete(t *testing.T) {
	const tab, back, undo = "\t", "\x1b[Z", "\x1f"
	all := completeNames("bob ", "bobby ", "bono ", "文 ", "文字 ", "ann ", "e\u0301a", "e\u0301b", "x\x1b[31m\n\u202ey")
	for _, test := range []struct {
		name, keys string
		want       []string
	}{
		{"one option", "a" + tab, []string{"> ann |"}},
		{"in the middle", "hi ay" + left + tab, []string{"> hi ann |y"}},
		{"none", "q" + tab + back, []string{"> q|"}},
		{"not printable", "x" + tab, []string{"> x[31my|"}},
		{"what they share", "b" + tab, []string{"bob  bobby  bono", "> bo|"}},
		{"what they share, in clusters", "e" + tab, []string{"e\u0301a  e\u0301b", "> e\u0301|"}},
		{"the first", "bo" + tab, []string{"[bob]  bobby  bono", "> bob |"}},
		{"the first after what they share", "b" + tab + tab, []string{"[bob]  bobby  bono", "> bob |"}},
		{"the next", "bo" + tab + tab, []string{"bob  [bobby]  bono", "> bobby |"}},
		{"around", "bo" + tab + tab + tab + tab, []string{"[bob]  bobby  bono", "> bob |"}},
		{"back", "bo" + tab + tab + back, []string{"[bob]  bobby  bono", "> bob |"}},
		{"back around", "bo" + tab + back, []string{"bob  bobby  [bono]", "> bono |"}},
		{"back from what they share", "b" + tab + back, []string{"bob  bobby  [bono]", "> bono |"}},
		{"back before Tab", "bo" + back, []string{"> bo|"}},
		{"Chinese", "hi 文" + tab + tab, []string{"文  [文字]", "> hi 文字 |"}},
		{"accepted", "bo" + tab + tab + "x", []string{"> bobby x|"}},
		{"another afterwards", "bo" + tab + "a" + tab, []string{"> bob ann |"}},
		{"undone at once", "bo" + tab + tab + undo, []string{"> bo|"}},
		{"one by one", "a" + tab + "a" + tab + undo, []string{"> ann a|"}},
		{"beside half a flag", "🇳" + home + "文" + tab + tab, []string{"文  [文字]", "> 文字 |🇳"}},
		{"behind a newline", "x\x1b\ra" + tab, []string{"> x↵ann |"}},
		{"behind a block", pasteOn + "x\ny" + pasteOff + "a" + tab, []string{"> [2 lines pasted]ann |"}},
		{"of the past", "b\r\x12b" + end + tab, []string{"bob  bobby  bono", "> bo|"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newTestUser(t, Config{Prompt: "> ", Complete: all})
			p.typeKeys(test.keys)
			p.expectScreen(test.want...)

			p = newTestUser(t, Config{Prompt: "> ", Complete: all})
			for i := range len(test.keys) {
				p.typeKeys(test.keys[i : i+1])
			}
			p.expectScreen(test.want...)
		})
	}
}

// Lines arrive and the window changes while a hint is on the screen.
func TestHint(t *testing.T) {
	p := newTestUser(t, Config{Prompt: "> ", Complete: completeNames("bob", "bobby", "bono", "bonobo")})
	p.typeKeys("bo\t")
	p.receive("hello", "you")
	p.expectScreen("hello", "you", "[bob]  bobby  bono  bonobo", "> bob|")
	p.resize(20)
	p.expectScreen("hello", "you", "[bob]  bobby  bono", "> bob|")
	p.resize(8)
	p.expectScreen("hello", "you", "[bob]", "> bob|")
	p.typeKeys("\t", "\t", "\t")
	p.expectScreen("hello", "you", "[bonobo", "> onobo|")
	p.screen.resize(5)
	p.terminal.Resize(5)
	p.receive("more")
	p.expectScreen("hello", "you", "more", "[bon", "> bo|")
	p.resize(30)
	p.expectScreen("hello", "you", "more", "bob  bobby  bono  [bonobo]", "> bonobo|")
	p.typeKeys("\x03")
	p.expectScreen("hello", "you", "more", "> |")
	p.typeKeys("bo\t")
	p.show(p.terminal.Close(nil, []byte("bye\r\n")))
	p.expectScreen("hello", "you", "more", "bye", "|")

	p = newTestUser(t, Config{Complete: completeNames("bob", "bobby")})
	for range 30 { // the row is in the last line of the window
		p.receive("line")
	}
	p.typeKeys("b\t\t", "x")
	p.expectScreen(append(slices.Repeat([]string{"line"}, 30), "bobx|")...)
}

// A host that offers too many options or nonsense does no harm.
func TestCompleteIsBounded(t *testing.T) {
	var from int
	var options []string
	p := newTestUser(t, Config{MaxBytes: 75, Complete: func(string, int) (int, []string) { return from, options }})
	for from = -1; from < 6; from++ {
		options = []string{"x", "y"}
		p.typeKeys("\x05\x15", "e\u0301ab", left, "\t")
		if got, want := string(p.terminal.row.text), map[int]string{0: "xb", 3: "e\u0301xb", 4: "e\u0301axb"}; got != cmp.Or(want[from], "e\u0301ab") {
			t.Errorf("completing from byte %d gives %q, want %q", from, got, cmp.Or(want[from], "e\u0301ab"))
		}
	}
	from = 0
	options = append(slices.Repeat([]string{"ab"}, 1000), "ac")
	p.typeKeys("\x03", "\t")
	if n := len(p.terminal.completion.options); n != maxOptions {
		t.Errorf("%d options are kept, want %d", n, maxOptions)
	}
	options = []string{"", strings.Repeat("x", maxOptionBytes+1), "\x1b"}
	p.typeKeys("\x03", "q\t")
	p.expectScreen("q|")
	p.expectActions()
	options = []string{strings.Repeat("中", 80), "b"}
	p.typeKeys(strings.Repeat("q", 100)+left, "\t")
	p.expectActions()
	p.typeKeys("\x05", strings.Repeat("q", 200), "\x01\t")
	p.expectActions(Action{Kind: Full})
}

// Config.Complete may use the Terminal, and even panic.
func TestCompleteMayCallTerminal(t *testing.T) {
	var p *testUser
	p = newTestUser(t, Config{Prompt: "> ", Complete: func(string, int) (int, []string) {
		p.terminal.Resize(40)
		p.receive("meanwhile")
		return 0, []string{"a", "b"}
	}})
	p.typeKeys("\t")
	p.expectScreen("meanwhile", "[a]  b", "> a|")

	p = newTestUser(t, Config{Prompt: "> ", Complete: func(string, int) (int, []string) { panic("no") }})
	func() {
		defer func() { _ = recover() }()
		p.typeKeys("a\t")
	}()
	p.receive("still here")
	p.expectScreen("still here", "> a|")
}

// A failed search never sends a line that does not match, and a single Escape ends it.
func TestFailedSearch(t *testing.T) {
	const search = "\x12"
	p := newTestUser(t, Config{Prompt: "> ", History: []string{"the cups", "the kettle"}})
	p.typeKeys("draft", search, "thx\r")
	p.expectActions()
	p.expectScreen("(search?) thx: |the kettle")
	p.typeKeys(backspace, backspace, "q\r")
	p.expectActions()
	p.typeKeys(backspace, "h", search, search, search, "\r") // the oldest, which matches
	p.expectActions(Action{Enter, "the cups"})

	p.typeKeys("draft", search, "zz\r")
	p.expectActions()
	p.typeKeys("\x1b")
	if !p.terminal.EscapePending() {
		t.Error("EscapePending is false after an Escape in a search")
	}
	p.terminal.EscapeTimeout()
	p.typeKeys("s")
	p.expectScreen("> drafts|")
	if p.typeKeys("\x1b"); p.terminal.EscapePending() {
		t.Error("EscapePending is true outside of a search")
	}
	p.typeKeys("bx")
	p.expectScreen("> x|drafts")
}

// Backspace deletes one sign where each is a key of its own, and never half of what one key
// typed.
func TestBackspaceWithinCluster(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		left []string // after each Backspace
	}{
		"Thai":       {"น้ำ", []string{"น้", "น", ""}},
		"Devanagari": {"क्षि", []string{"क्ष", "क्", "क", ""}},
		"Tamil":      {"கொ", []string{"க", ""}},
		"Khmer":      {"ខ្មែ", []string{"ខ្ម", "ខ្", "ខ", ""}},
		"Arabic":     {"بَّ", []string{"بَ", "ب", ""}},
		"Persian":    {"ی\u200cخ", []string{"ی\u200c", "ی", ""}},
		"Hebrew":     {"שָׁ", []string{"שָ", "ש", ""}},
		"jamo":       {"\u1112\u1161\u11ab", []string{""}},
		"kana":       {"か\u3099", []string{""}},
		"Han":        {"葛\U000e0100", []string{""}},
		"Vietnamese": {"e\u0323\u0302", []string{""}},
		"keycap":     {"1\ufe0f\u20e3", []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTestUser(t, Config{Prompt: "> "})
			p.typeKeys("x"+test.text+"y", left)
			for _, left := range test.left {
				p.typeKeys(backspace)
				if got, want := string(p.terminal.row.text), "x"+left+"y"; got != want {
					t.Errorf("Backspace leaves %+q, want %+q", got, want)
				}
			}
		})
	}
	p := newTestUser(t, Config{Prompt: "> "})
	p.typeKeys("กิ", backspace, "\x1f")
	p.expectScreen("> กิ|")
	p.typeKeys(home, "\x1b[3~")
	p.expectScreen("> |")
	p.typeKeys("क्षत", left, backspace, backspace, backspace) // the rest must not combine with what follows
	p.expectScreen("> |त")
}
