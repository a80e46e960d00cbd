package look

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"teahouse/internal/testkit"
)

const (
	// proportion is how many bytes are written at most for each byte of a text, and
	// besides so many for each line of it. SECURITY.md promises the former.
	proportion = 16
	eachLine   = 64
)

// checkProportion checks what is sent against what was said.
func checkProportion(t *testing.T, look Look, head, text string, out []byte) {
	t.Helper()
	lines := 1 + strings.Count(text, "\n")
	if look.Plain {
		lines *= 1 + len(head)/eachLine // each begins with it
	}
	if most := proportion*len(text) + lines*eachLine + 4*len(head); len(out) > most {
		t.Errorf("%+v: %d bytes of text became %d, %.1f times as many: %.200q", look, len(text), len(out), float64(len(out))/float64(len(text)), text)
	}
}

// greedy are texts of which each byte may take many: each is repeated.
func greedy() []string {
	return []string{
		"a", " ", "a ", "\ta", "\t\t", "aaaaaaaaaaaaa ", "aaaaaaaaaaaa a ", "*a* ", "_a_ ", "`a` ", "*`a`* ", "_`a`_ ", "(`a`) ", "`a`中", "\t`a`", "*a*\t`b`\t", "a\n", "`a`\n", "```\na\n```\n",
		"http://a ", "https://a.b/c?d=e ", "`http://a` ", "*http://a* ", "http://茶 ", "http://a/" + strings.Repeat("茶", 19) + " ", "http://a/" + strings.Repeat("茶", 15) + "a ",
		"aaaaaaaaa(http://a/" + strings.Repeat("茶", 14) + " ", "*http://a/" + strings.Repeat("茶", 14) + "* ", "http://a" + strings.Repeat("\u0301", 6) + " ", "http://a/" + strings.Repeat("x"+strings.Repeat("\u0301", 6), 28) + " ",
		"http://a/" + strings.Repeat("é", 28) + " ", "https://a/" + strings.Repeat("b", 29) + " ", "https://a/" + strings.Repeat("b", 150) + " ", "https://a/" + strings.Repeat("b", 1980) + " ",
		"中", "中。", "「中", "§", "§ ", "e\u0301", "x" + strings.Repeat("\u0301", 6), "👩\u200d👩\u200d👧\u200d👦", "🇨🇳", "한\u1112\u1161\u11ab", "\u1100", "का", "กิ่", "\xff", "\u202e", "*", "_*", "`", "http://", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ",
	}
}

// everyLook returns looks of all depths and habits, of widths that are narrow, ordinary
// and wide, and of none.
func everyLook() (looks []Look) {
	for i, width := range []int{20, 24, 36, 40, 44, 80, 132, 200, 0} {
		for depth := NoColour; depth <= TrueColour; depth++ {
			looks = append(looks, Look{Depth: depth, Theme: Theme((i + int(depth)) % 3), Width: width, Links: depth > Mono, EastAsian: (i+int(depth))%2 == 0})
		}
	}
	return append(looks, Look{Plain: true}, Look{Tabs: true})
}

// What is sent is in proportion to what was said, whatever that is and for whomever: a
// message of 4 KB cannot make half a megabyte for each narrow window.
func TestOutputIsInProportion(t *testing.T) {
	texts := map[string]bool{"": true}
	for _, piece := range greedy() {
		text := strings.Repeat(piece, 1+1200/len(piece))
		texts[text], texts["*`"+text+"`*"] = true, true
	}
	random := rand.New(rand.NewPCG(14, 1))
	for range testkit.Amount(100, 10) {
		unit := ""
		for range 1 + random.IntN(4) {
			unit += greedy()[random.IntN(len(greedy()))]
		}
		texts[strings.Repeat(unit, 1+600/len(unit))] = true
	}
	for text := range texts {
		text = clean(text)
		for i, look := range everyLook() {
			head := []string{"12:34 al: ", "12:34 alice in the teahouse: ", ""}[i%3]
			checkProportion(t, look, head, text, look.Line(nil, look.Faint(head), look.Text(text), "\r\n"))
		}
	}
}

// Nearly the same window is the same width, so that a house renders few; nobody's rows
// are wider than the window, or much narrower.
func TestFitting(t *testing.T) {
	widths := map[int]bool{}
	for window := -1; window < 3000; window++ {
		width := Fitting(window)
		widths[width] = true
		switch {
		case width < narrowest || width > widest:
			t.Errorf("a window of %d has rows of %d", window, width)
		case window >= narrowest && (width > window || window <= 120 && window-width > 3 || window <= widest && window-width > 9):
			t.Errorf("a window of %d has rows of %d", window, width)
		}
	}
	if len(widths) > 34 {
		t.Errorf("there are %d widths", len(widths))
	}
	for _, window := range []int{20, 40, 80, 100, 120, 132, 160, 200} {
		if got := Fitting(window); window%10 == 0 && got != window {
			t.Errorf("a window of %d has rows of %d", window, got)
		}
	}
}

// Only what takes few rows is a link, as each row repeats the whole target.
func TestLongURLsAreNoLinks(t *testing.T) {
	for _, width := range []int{20, 40, 80, 120, 200} {
		for n := range 400 {
			look := Look{Depth: Ansi256, Width: width, Links: true}
			url := "https://example.com/" + strings.Repeat("a", n)
			out := string(look.Line(nil, "12:34 alice in tea: ", look.Text("see "+url+" there"), "\n"))
			rows, links := strings.Count(out, "\n"), strings.Count(out, linkOn+url+st)
			if links > linkRows || links == 0 && rows < linkRows {
				t.Fatalf("%d cells wide, %d bytes of URL: %d rows, %d links", width, len(url), rows, links)
			}
			if links == 0 && !strings.Contains(out, underlineOn) {
				t.Fatal(fmt.Sprint("no sign of a URL: ", out))
			}
		}
	}
}
