package style

import (
	"strings"
	"testing"
)

func showLine(sty Style, head, body string) string {
	return stripLinks(string(sty.Line(nil, head, body, "\n")))
}

// Rows below the first are aligned with the text, after the mark.
func TestRowIndent(t *testing.T) {
	for _, test := range []struct {
		name string
		sty  Style
		head string
		body string
		want []string
	}{
		{"fits", Style{Width: 20}, "bob: ", "12345678901234", []string{"bob: 12345678901234"}},
		{"does not: the last column stays free", Style{Width: 20}, "bob: ", "123456789 12345",
			[]string{"bob: 123456789", "   ╎ 12345"}},
		{"spaces at the fold are dropped, others stay", Style{Width: 20}, "bob: ", "  a  b       c   d  e  ",
			[]string{"bob:   a  b       c", "   ╎ d  e  "}},
		{"spaces at the end that do not fit", Style{Width: 20}, "bob: ", "12345678901234   ", []string{"bob: 12345678901234"}},
		{"long words are cut", Style{Width: 20}, "bob: ", "a 1234567890123456789",
			[]string{"bob: a", "   ╎ 12345678901234", "   ╎ 56789"}},
		{"narrower than the narrowest", Style{Width: 3}, "bob: ", "1234567890 12345", []string{"bob: 1234567890", "   ╎ 12345"}},
		{"no width", Style{}, "bob: ", strings.Repeat("x ", 100) + "\nsecond", []string{"bob: " + strings.Repeat("x ", 100), "   ╎ second"}},
		{"lines of one message", Style{Width: 40}, "bob: ", "one\n\nmallory: two", []string{"bob: one", "   ╎ ", "   ╎ mallory: two"}},
		{"a wide head", Style{Width: 30}, "maximiliane: ", "it goes on and on and on", []string{"maximiliane: it goes on and", "  ╎ on and on"}},
		{"a head wider than the terminal", Style{Width: 20}, "maximiliane friederike: ", "hello", []string{"maximiliane", "  ╎ friederike:", "  ╎ hello"}},
		{"no head", Style{Width: 20}, "", "one two three four five", []string{"one two three four", "  ╎ five"}},
		{"without spaces", Style{Width: 20}, "bob: ", "一二三四五六七八九十", []string{"bob: 一二三四五六七", "   ╎ 八九十"}},
		{"no row begins with a full stop", Style{Width: 20}, "bob: ", "一二三四五六七。八", []string{"bob: 一二三四五六", "   ╎ 七。八"}},
		{"or ends with a bracket", Style{Width: 20}, "bob: ", "一二三四五六「七」八", []string{"bob: 一二三四五六", "   ╎ 「七」八"}},
		{"words between Han", Style{Width: 20}, "bob: ", "一二三四Linux五六七", []string{"bob: 一二三四Linux", "   ╎ 五六七"}},
		{"clusters stay whole", Style{Width: 20}, "bob: ", strings.Repeat("e\u0301", 16), []string{"bob: " + strings.Repeat("e\u0301", 14), "   ╎ " + strings.Repeat("e\u0301", 2)}},
		{"dotfiles are words", Style{Width: 20}, "bob: ", "sty at it: .gitignore", []string{"bob: sty at it:", "   ╎ .gitignore"}},
		{"plain", Style{Plain: true, Width: 20}, "bob: ", strings.Repeat("x ", 20) + "\nb", []string{"bob: " + strings.Repeat("x ", 20), "bob: b"}},
	} {
		want := strings.Join(test.want, "\n") + "\n"
		if got := showLine(test.sty, test.head, test.body); got != want {
			t.Errorf("%s: the terminal shows\n%s\nwant\n%s", test.name, got, want)
		}
	}
}

// Each row resets its styles at the end, so that it can scroll away, be copied or be overwritten
// without the next.
func TestEachRowResetsStyles(t *testing.T) {
	sty := Style{Depth: Ansi256, Width: 20, Links: true}
	for body, want := range map[string]string{
		"*a bold sentence wraps*": "bob: <b>a bold<0>\n   <f>╎</b> <b>sentence wraps</b>\n",
		"https://example.com/path": "bob: <a https://example.com/path>https://exampl</a>\n" +
			"   <f>╎</b> <a https://example.com/path>e.com/path</a>\n",
		"*to https://a.example/x*": "bob: <b>to<0>\n   <f>╎</b> <b><a https://a.example/x>https://a.exam</a><0>\n" +
			"   <f>╎</b> <b><a https://a.example/x>ple/x</a></b>\n",
		"fourteen cells *next*": "bob: fourteen cells\n   <f>╎</b> <b>next</b>\n",
		"*fourteen cells* next": "bob: <b>fourteen cells<0>\n   <f>╎</b> next\n",
	} {
		if got := showLine(sty, "bob: ", sty.Text(body)); got != want {
			t.Errorf("the terminal shows %s as\n%s\nwant\n%s", body, got, want)
		}
	}
	if got, want := showLine(sty, "", sty.Highlight("a\nb")), "<r>a<0>\n  <f>╎</b> <r>b</r>\n"; got != want {
		t.Errorf("the terminal is sent %q, want %q", got, want)
	}
}

// No text begins a row on its own: only the line ending that the server writes does.
func TestLinesCannotBeForged(t *testing.T) {
	sty := Style{Depth: TrueColour, Width: 80}
	const evil = "a\r* bob left\x1b[2J\x1b]0;x\a\x1b[99mb\u0085c\x1b]8;;http://x\nd\v\f\x7f\x1b"
	want := "mallory: a* bob left[2J]0;x[99mbc]8;;http://x\n       \x1b[2m╎\x1b[22m d\n"
	if got := string(sty.Line(nil, "mallory: ", evil, "\n")); got != want {
		t.Errorf("the terminal is sent %q, want %q", got, want)
	}
}

// Short lines take a shortcut, which must be as strict about sequences.
func TestOnlyKnownSequencesPass(t *testing.T) {
	sty := Style{Depth: TrueColour, Width: 80}
	for body, want := range map[string]string{
		"a\x7fb":                    "ab",
		"a\u0085b\u009bc":           "abc",
		"a\x00\rb\ac":               "abc",
		"\x1b[38;2;1;2;3mx\x1b[39m": "\x1b[38;2;1;2;3mx\x1b[39m",
		"\x1b[38;5;30mx\x1b[39m":    "\x1b[38;5;30mx\x1b[39m",
		"\x1b[38;2mx":               "[38;2mx",
		"\x1b[38;2;1mx":             "[38;2;1mx",
		"\x1b[38;2;1;2mx":           "[38;2;1;2mx",
		"\x1b[38;2;1;2;3;4mx":       "[38;2;1;2;3;4mx",
		"\x1b[38;2;;;mx":            "[38;2;;;mx",
		"\x1b[38;2;1;2;256mx":       "[38;2;1;2;256mx",
		"\x1b[38;5;mx":              "[38;5;mx",
		"\x1b[38;5;1;5mx":           "[38;5;1;5mx",
		"\x1b[48;5;1mx":             "[48;5;1mx",
	} {
		if got := string(sty.Line(nil, "", body, "")); got != want {
			t.Errorf("the terminal is sent %q as %q, want %q", body, got, want)
		}
	}
}

// A terminal keeps a link when all styles are reset, because a link is not a style. So each row
// ends its link and the next one repeats it.
func TestLinksSurviveReset(t *testing.T) {
	body := linkOn + "http://a" + stringTerminator + boldOn + "fourteen cells" + allOff + " next" + linkOff
	want := "bob: <a http://a><b>fourteen cells</a><0>\n   ╎ <a http://a>next</a>\n"
	if got := showLine(Style{Width: 20}, "bob: ", body); got != want {
		t.Errorf("the terminal is sent %q, want %q", got, want)
	}
}

// Tab stops count from where the text begins, in each row.
func TestTabs(t *testing.T) {
	for _, test := range []struct {
		name       string
		sty        Style
		head, body string
		want       []string
	}{
		{"a table", Style{Width: 80}, "bob: ", "a\tbc\tdefghijk\tl", []string{"bob: a       bc      defghijk        l"}},
		{"under each other", Style{Width: 80}, "bob: ", "name\tage\nalice\t9", []string{"bob: name    age", "   ╎ alice   9"}},
		{"below a wide head", Style{Width: 80}, "maximiliane friederike in: ", "all:\tx\n\tgo build", []string{"maximiliane friederike in: all:    x", "  ╎         go build"}},
		{"in the first column", Style{Width: 80}, "", "\tgo build", []string{"        go build"}},
		{"wide characters", Style{Width: 80}, "bob: ", "中文\tx\n中文中文\tx", []string{"bob: 中文    x", "   ╎ 中文中文        x"}},
		{"at the fold", Style{Width: 20}, "bob: ", "123456789012\t3 4", []string{"bob: 123456789012", "   ╎ 3 4"}},
		{"after the fold, with narrow stops", Style{Width: 20}, "bob: ", "123456789012 23\tx", []string{"bob: 123456789012", "   ╎ 23  x"}},
		{"plain", Style{Plain: true}, "bob: ", "a\tb\nc\td", []string{"bob: a       b", "bob: c       d"}},
		{"for programs", Style{Tabs: true}, "bob: ", "a\tb", []string{"bob: a\tb"}},
	} {
		if got, want := showLine(test.sty, test.head, test.body), strings.Join(test.want, "\n")+"\n"; got != want {
			t.Errorf("%s: the terminal shows\n%s\nwant\n%s", test.name, got, want)
		}
	}
}

// A bold name inside faint text does not end the faint.
func TestNestedStyles(t *testing.T) {
	for sty, want := range map[Style]string{
		{Depth: Mono}:                 "<f>* <b>bob</b><f> left</b>",
		{Depth: Mono, Theme: Bright}:  "* <b>bob</b> left",
		{Depth: NoColour}:             "* bob left",
		{Depth: Ansi256, Theme: Ink}:  "<f>* <b>bob</b><f> left</b>",
		{Depth: Ansi256, Plain: true}: "* bob left",
	} {
		if got := stripLinks(sty.Notice("* " + sty.Bold("bob") + " left")); got != want {
			t.Errorf("with %+v the terminal is sent %q, want %q", sty, got, want)
		}
	}
}

func TestRule(t *testing.T) {
	for sty, want := range map[Style]string{
		{}:                               "──── 2026-11-21 ────",
		{Depth: Ansi16, Width: 80}:       "<f>──── 2026-11-21 ────</b>",
		{Width: 20}:                      "2026-11-21",
		{Width: 28, EastAsian: true}:     "2026-11-21",
		{Depth: TrueColour, Plain: true}: "2026-11-21",
	} {
		if got := stripLinks(sty.Rule("2026-11-21")); got != want {
			t.Errorf("with %+v the terminal is sent %q, want %q", sty, got, want)
		}
	}
	if got := (Style{Width: 20}).Rule(strings.Repeat("中", 20)); got != strings.Repeat("中", 9) {
		t.Errorf("a date that is too wide for the window is cut to %q", got)
	}
}
