package style

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Line keeps its promises for any text in every style, whether the text was cleaned first or not.
func FuzzLine(f *testing.F) {
	for _, text := range []string{
		"hello, world", "*bold* _it_ `code` https://example.com/a_(b)?c=d.",
		"中文*粗体*中文，没有空格的一行话会很长很长很长很长。」」」」」」」」」」」」」」」",
		"```go\nx := 1\n```\n\nafter", "*a https://茶.example/路径 `b*` c*" + strings.Repeat(" *x y*", 20),
		"e\u0301👩\u200d👩\u200d👧\u200d👦🇨🇳한\u1112\u1161\u11ab" + strings.Repeat("\u1100", 40),
		"\x1b[31mred\x1b[0m\x1b]8;;x\x1b\\y\r\n\u009b\x85\xff\u202e", "   " + strings.Repeat(" ", 60) + "x  ",
		"ก็ክ\u0600\u06001" + strings.Repeat("\u0903", 30), "*️⃣ * ️a* ─│╎", "all:\tx\n\tgo build\t中\t文" + strings.Repeat("\tx", 40),
	} {
		f.Add("alice", text, 40, uint16(0x1234))
		f.Add("一个很长很长的名字 with spaces 一个很长", text, 20, uint16(0xffff))
		f.Add("", text, 0, uint16(4))
	}
	f.Add("0", "00\xe8\x00", 129, uint16(0x1234))                        // a control character in invalid UTF-8
	f.Add("<Q+", "00000000000000000000000000000000", 43, uint16(0xfff0)) // would wrap inside the head
	f.Add("0", "``` \n\n`0`\n0\n```", 53, uint16(0xff83))                // spaces after a fence
	f.Fuzz(func(t *testing.T, name, text string, width int, bits uint16) {
		sty := Style{
			Depth: Depth(bits % 5), Theme: Theme(bits >> 3 % 3), Width: max(width, 0) % 300,
			Links: bits&0x100 != 0, EastAsian: bits&0x200 != 0, Plain: bits&0xc00 == 0,
		}
		checkRows(t, sty, sty.Line(nil, name, text, "\r\n"))

		name, text = cleanText(strings.ReplaceAll(name, "\n", "")), cleanText(text)
		head, body := sty.Faint("12:34 ")+sty.Name(name, name)+": ", sty.Text(text)
		line := sty.Line(nil, head, body, "\r\n")
		checkSize(t, sty, head, text, line)
		rows := checkRows(t, sty, line)
		if seen := visibleText(t, body); withoutMarks(seen) != withoutMarks(text) || !sty.usesSequences() && seen != text {
			t.Errorf("people see %q as %q", text, seen)
		}
		if sty.Plain {
			return // the head appears several times
		}
		for i := range rows[1:] {
			spaces, rest, ok := strings.Cut(rows[i+1], Continuation+" ")
			if !ok || strings.Trim(spaces, " ") != "" {
				t.Errorf("a continued row begins without the mark: %q", rows[i+1])
			}
			rows[i+1] = rest
		}
		said := "12:34 " + name + ": " + visibleText(t, body)
		got := strings.Join(rows, "\n")
		if sty.Width == 0 && got != said && !strings.Contains(said, "\t") || withoutSpaces(got) != withoutSpaces(said) {
			t.Errorf("people see %q as %q", said, got)
		}
	})
}

// Text removes only pairs of marks, each at the edge of a word. Putting them back where the
// styles change gives the original text, byte for byte.
func FuzzMarkup(f *testing.F) {
	for _, text := range []string{
		"*bold* _it_ `code` https://example.com/a_(b)?c=d.", "中文*粗体*中文，`代码`。", "src/*/test/*.go ls *.c,*.h", "/*comment*/ .*foo.*",
		"*/5,*/10 path/_x_/y rm -rf build/*/ tmp/*/", "*a `b*` c* (*d*), *e* _f_", "x=`date` *`a` b* _*y*_ **z**", "*\u0301a* *a*\u0301",
	} {
		f.Add(text)
	}
	sty := Style{Depth: Ansi256, Links: true}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(cleanText(text), fence, "")
		shown := sty.Text(text)
		got, begins, ends := restoreMarks(shown)
		if got != text {
			t.Fatalf("%q is shown as %q, where only %q can have been meant", text, stripLinks(shown), got)
		}
		for _, at := range begins {
			line := text[strings.LastIndex(text[:at], "\n")+1 : at]
			if r, size := utf8.DecodeLastRuneInString(strings.TrimRight(line, openingPunctuation+"*_")); !isEdge('`', r, size) {
				t.Errorf("%q is shown as %q: a style begins inside a word, after %q", text, stripLinks(shown), line)
			}
		}
		for _, at := range ends {
			line, _, _ := strings.Cut(text[at+1:], "\n")
			if r, size := utf8.DecodeRuneInString(strings.TrimLeft(line, closingPunctuation+"*_")); !isEdge('`', r, size) {
				t.Errorf("%q is shown as %q: a style ends inside a word, before %q", text, stripLinks(shown), line)
			}
		}
	})
}

// restoreMarks returns a text with its marks in place of the styles, and where those begin and
// end.
func restoreMarks(shown string) (text string, begins, ends []int) {
	on := map[string]string{boldOn: "*", italicOn: "_", indexedColour(30): "`"}
	off := map[string]string{weightOff: "*", italicOff: "_", colourOff: "`"}
	shown = linkTag.ReplaceAllString(shown, "")
	for {
		at := styleTag.FindStringIndex(shown)
		if at == nil {
			return text + shown, begins, ends
		}
		tag := shown[at[0]:at[1]]
		text, shown = text+shown[:at[0]], shown[at[1]:]
		if on[tag] != "" {
			begins = append(begins, len(text))
		} else {
			ends = append(ends, len(text))
		}
		text += on[tag] + off[tag]
	}
}

var (
	linkTag  = regexp.MustCompile(`\x1b\]8;;[!-~]*\x1b\\`)
	styleTag = regexp.MustCompile(`\x1b\[[0-9;]*m`)
)

// checkRows checks what holds for all rows, and returns their visible text.
func checkRows(t *testing.T, sty Style, line []byte) (rows []string) {
	t.Helper()
	text, ok := strings.CutSuffix(string(line), "\r\n")
	if !ok {
		t.Fatalf("the line has no end: %q", line)
	}
	for _, row := range strings.Split(text, "\r\n") {
		seen := visibleText(t, row)
		if strings.Contains(seen, "\t") {
			t.Fatalf("a row has a tab: %q", row)
		}
		if n := sty.width(seen); n > sty.rowLimit() {
			t.Errorf("a row takes %d cells in a window of %d: %q", n, sty.Width, seen)
		}
		rows = append(rows, seen)
	}
	return rows
}

// visibleText returns s without sequences. They must be known, and reset in the end.
func visibleText(t *testing.T, s string) string {
	t.Helper()
	var p sgrState
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == 0x1b {
			n := p.parse(s[i:])
			if n == 0 {
				t.Fatalf("the terminal is sent an unknown sequence: %q", s[i:])
			}
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			t.Fatalf("the terminal is sent a control character: %q", s[i:])
		}
		b.WriteString(s[i : i+n])
		i += n
	}
	if p != (sgrState{}) {
		t.Errorf("at the end of a row %+v is not switched off: %q", p, s)
	}
	return b.String()
}

// cleanText does what package text does to text, as far as it matters here.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), Continuation, "╏")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// withoutMarks returns s without everything that Text may remove: marks, and the spaces after a
// fence.
func withoutMarks(s string) string {
	s = spacedFence.ReplaceAllString(s, "")

	return strings.NewReplacer("*", "", "_", "", "`", "", "\n", "").Replace(s)
}

var spacedFence = regexp.MustCompile("(?m)^``` +$")

func withoutSpaces(s string) string {
	return strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(s)
}
