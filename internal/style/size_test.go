package style

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"teahouse/internal/testkit"
)

const (
	// maxBytesPerByte is the most bytes of output for each byte of text, and maxBytesPerLine
	// those in addition for each of its lines. SECURITY.md promises the first.
	maxBytesPerByte = 16
	maxBytesPerLine = 64
)

// checkSize checks the size of the output against that of the text.
func checkSize(t *testing.T, sty Style, head, text string, out []byte) {
	t.Helper()
	lines := 1 + strings.Count(text, "\n")
	if sty.Plain {
		lines *= 1 + len(head)/maxBytesPerLine // each line begins with the head
	}
	if most := maxBytesPerByte*len(text) + lines*maxBytesPerLine + 4*len(head); len(out) > most {
		t.Errorf("with %+v a terminal is sent %[3]d bytes for %[2]d of text, %.1[4]f times as many: %.200[5]q", sty, len(text), len(out), float64(len(out))/float64(len(text)), text)
	}
}

// expansiveTexts returns texts whose every byte may become many; each is one unit repeated.
func expansiveTexts() []string {
	return []string{
		"a", " ", "a ", "\ta", "\t\t", "aaaaaaaaaaaaa ", "aaaaaaaaaaaa a ", "*a* ", "_a_ ", "`a` ", "*`a`* ", "_`a`_ ", "(`a`) ", "`a`中", "\t`a`", "*a*\t`b`\t", "a\n", "`a`\n", "```\na\n```\n",
		"http://a ", "https://a.b/c?d=e ", "`http://a` ", "*http://a* ", "http://茶 ", "http://a/" + strings.Repeat("茶", 19) + " ", "http://a/" + strings.Repeat("茶", 15) + "a ",
		"aaaaaaaaa(http://a/" + strings.Repeat("茶", 14) + " ", "*http://a/" + strings.Repeat("茶", 14) + "* ", "http://a" + strings.Repeat("\u0301", 6) + " ", "http://a/" + strings.Repeat("x"+strings.Repeat("\u0301", 6), 28) + " ",
		"http://a/" + strings.Repeat("é", 28) + " ", "https://a/" + strings.Repeat("b", 29) + " ", "https://a/" + strings.Repeat("b", 150) + " ", "https://a/" + strings.Repeat("b", 1980) + " ",
		"中", "中。", "「中", "§", "§ ", "e\u0301", "x" + strings.Repeat("\u0301", 6), "👩\u200d👩\u200d👧\u200d👦", "🇨🇳", "한\u1112\u1161\u11ab", "\u1100", "का", "กิ่", "\xff", "\u202e", "*", "_*", "`", "http://", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ",
	}
}

// allStyles returns styles of all depths and themes, narrow, ordinary, wide, and without a width.
func allStyles() (looks []Style) {
	for i, width := range []int{20, 24, 36, 40, 44, 80, 132, 200, 0} {
		for depth := NoColour; depth <= TrueColour; depth++ {
			looks = append(looks, Style{Depth: depth, Theme: Theme((i + int(depth)) % 3), Width: width, Links: depth > Mono, EastAsian: (i+int(depth))%2 == 0})
		}
	}
	return append(looks, Style{Plain: true}, Style{Tabs: true})
}

// The output is in proportion to the text, whatever the text and the reader's style: a message of
// 4 KB cannot become half a megabyte for each narrow window.
func TestOutputSizeIsBounded(t *testing.T) {
	t.Parallel()
	texts := map[string]bool{"": true}
	for _, piece := range expansiveTexts() {
		text := strings.Repeat(piece, 1+1200/len(piece))
		texts[text], texts["*`"+text+"`*"] = true, true
	}
	random := rand.New(rand.NewPCG(14, 1))
	for range testkit.Amount(100, 10) {
		unit := ""
		for range 1 + random.IntN(4) {
			unit += expansiveTexts()[random.IntN(len(expansiveTexts()))]
		}
		texts[strings.Repeat(unit, 1+600/len(unit))] = true
	}
	for text := range texts {
		text = cleanText(text)
		for i, sty := range allStyles() {
			head := []string{"12:34 al: ", "12:34 alice in the teahouse: ", ""}[i%3]
			checkSize(t, sty, head, text, sty.Line(nil, sty.Faint(head), sty.Text(text), "\r\n"))
		}
	}
}

// Windows of nearly the same width share one wrap width, so that the server renders few. Rows are
// never wider than the window, or much narrower.
func TestWrapWidth(t *testing.T) {
	widths := map[int]bool{}
	for window := -1; window < 3000; window++ {
		width := WrapWidth(window)
		widths[width] = true
		switch {
		case width < minWidth || width > maxWidth:
			t.Errorf("a window of %d has rows of %d", window, width)
		case window >= minWidth && (width > window || window <= 120 && window-width > 3 || window <= maxWidth && window-width > 9):
			t.Errorf("a window of %d has rows of %d", window, width)
		}
	}
	if len(widths) > 34 {
		t.Errorf("lines can have %d widths", len(widths))
	}
	for _, window := range []int{20, 40, 80, 100, 120, 132, 160, 200} {
		if got := WrapWidth(window); window%10 == 0 && got != window {
			t.Errorf("a window of %d has rows of %d", window, got)
		}
	}
}

// Only a URL that takes few rows becomes a link, because each row repeats the whole target.
func TestLongURLsAreNotLinked(t *testing.T) {
	for _, width := range []int{20, 40, 80, 120, 200} {
		for n := range 400 {
			sty := Style{Depth: Ansi256, Width: width, Links: true}
			url := "https://example.com/" + strings.Repeat("a", n)
			out := string(sty.Line(nil, "12:34 alice in tea: ", sty.Text("see "+url+" there"), "\n"))
			rows, links := strings.Count(out, "\n"), strings.Count(out, linkOn+url+stringTerminator)
			if links > maxLinkRows || links == 0 && rows < maxLinkRows {
				t.Fatalf("in a window of %d cells, a URL of %d bytes takes %d rows with %d links", width, len(url), rows, links)
			}
			if links == 0 && !strings.Contains(out, underlineOn) {
				t.Fatal(fmt.Sprint("no URL is visible in ", out))
			}
		}
	}
}
