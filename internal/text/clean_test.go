package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/rangetable"

	"teahouse/internal/testkit"
)

func TestClean(t *testing.T) {
	tests := []struct{ what, in, want string }{
		{"plain text", "hello, world", "hello, world"},
		{"Chinese", "你好，世界", "你好，世界"},
		{"a family is one emoji", "👨‍👩‍👧‍👦!", "👨‍👩‍👧‍👦!"},
		{"a heart in its emoji style", "❤️", "❤️"},
		{"a heart on fire", "❤️‍🔥", "❤️‍🔥"},
		{"a profession with a skin tone", "👩🏽‍🚀", "👩🏽‍🚀"},
		{"a keycap", "1️⃣", "1️⃣"},
		{"a flag of a country", "🇨🇳", "🇨🇳"},
		{"a flag of a region", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"},
		{"Vietnamese, decomposed", "tiê\u0301ng Viê\u0323t", "tiê\u0301ng Viê\u0323t"},
		{"a tab", "a\tb", "a b"},
		{"line breaks", "a\r\nb\u2028c", "a  b c"},
		{"an escape sequence goes whole", "\x1b[31mred\x1b[0m", "red"},
		{"a title without end hides nothing", "\x1b]0;all of\x1b this", "0;all ofhis"},
		{"C1 controls", "a\u009b31mb\u009dc\u0085", "abc"},
		{"delete and null", "a\x7f\x00b", "ab"},
		{"an override of direction", "a\u202Egnp.exe", "agnp.exe"},
		{"isolates and marks", "\u2066a\u2069\u200e\u061c", "a"},
		{"zero width space, joiner, non-joiner", "a\u200bb\u200dc\u200cd\ufeff", "abcd"},
		{"a joiner between letters and pictures", "a\u200d🍵\u200da", "a🍵a"},
		{"a joiner at the end", "🍵\u200d", "🍵"},
		{"soft hyphen, fillers", "a\u00ad\u3164\u115fb", "ab"},
		{"a selector on a letter", "a\ufe0f\ufe00", "a"},
		{"two selectors", "❤\ufe0f\ufe0f", "❤\ufe0f"},
		{"a joiner between symbols that are no pictures", "█\u200d█∑\u200d∑", "██∑∑"},
		{"a flag of tags that never ends", "🏴\U000e0067\U000e0062x", "🏴x"},
		{"a flag of tags cut off by the end", "🏴\U000e0067\U000e0062", "🏴"},
		{"tags after the last one", "🏴\U000e0067\U000e007f\U000e0068", "🏴\U000e0067\U000e007f"},
		{"tags without a flag", "a\U000e0041\U000e0042", "a"},
		{"a mark on nothing", "\u0301a", "a"},
		{"a selector of an ideograph on a letter", "a\U000e0100", "a"},
		{"two selectors on an ideograph", "葛\U000e0100\U000e0101", "葛\U000e0100"},
		{"joiners in a row", "می\u200c\u200c\u200d\u200cخواهم", "می\u200cخواهم"},
		{"joiners at the beginning, after a space, after Latin", "\u200cم \u200dم a\u200cم", "م م aم"},
		{"a Mongolian selector and a vowel separator on Latin", "a\u180b\u180eb", "ab"},
		{"noncharacters", "a\uffff\ufdd0b", "ab"},
		{"bytes that are no UTF-8", "a\xff\xc3b", "ab"},
		{"a replacement character that was sent", "a\ufffdb", "a\ufffdb"},
	}
	for _, test := range tests {
		if got := Clean(test.in); got != test.want {
			t.Errorf("%s: Clean(%+q) = %+q, want %+q", test.what, test.in, got, test.want)
		}
	}
	climbing := "Z" + strings.Repeat("\u0335", 500)
	if got := Clean(climbing); utf8.RuneCountInString(got) != 1+maxMarks {
		t.Errorf("a letter with 500 marks became %d characters, want %d", utf8.RuneCountInString(got), 1+maxMarks)
	}
	chain := strings.Repeat("👨\u200d", 50) + "👨"
	if got, most := Clean(chain), strings.Repeat("👨\u200d", maxJoins)+"👨👨"; !strings.HasPrefix(got, most) {
		t.Errorf("a chain of 50 joined emoji became %+q, want %d joins at most", got, maxJoins)
	}
}

// Invisible characters that a script needs to spell a word stay.
func TestWordsStayAsTheyAreSpelled(t *testing.T) {
	for language, word := range testkit.InvisiblySpelledWords() {
		for what, clean := range map[string]func(string) (string, error){"text": CheckLine, "lines": CheckLines, "verbatim": CheckVerbatim} {
			if got, err := clean(word); got != word || err != nil {
				t.Errorf("who writes the %s word %+q as %s has said %+q (error %v)", language, word, what, got, err)
			}
		}
	}
}

// Everything that RFC 5892 allows in a domain name (rules A.1 and A.2) stays in a text.
func TestJoinersOfDomainNamesStay(t *testing.T) {
	names := idna.New(idna.CheckJoiners(true), idna.ValidateLabels(true))
	kept := 0
	for _, joiner := range []string{"\u200c", "\u200d"} {
		for _, table := range unicode.Scripts {
			letters, marks := samples(table)
			for _, before := range append(letters, marks...) {
				for _, after := range letters {
					word := string(letters[0]) + string(before) + joiner + string(after)
					if _, err := names.ToASCII(word); err != nil {
						continue
					}
					kept++
					if got := Clean(word); got != word {
						t.Errorf("%+q, which may be in a domain name, became %+q", word, got)
					}
				}
			}
		}
	}
	if kept < 100 {
		t.Errorf("only %d words with joiners were tried: that proves little", kept)
	}
}

// samples returns some letters, at least one, and all viramas of a script, or nothing if it has
// no letters.
func samples(script *unicode.RangeTable) (letters, viramas []rune) {
	rangetable.Visit(script, func(r rune) {
		switch {
		case unicode.IsLetter(r) && len(letters) < 40:
			letters = append(letters, r)
		case isVirama(r):
			viramas = append(viramas, r)
		}
	})
	if letters == nil {
		return nil, nil
	}
	return letters, viramas
}

// Tabs are text: they stay in messages, and nowhere else.
func TestTabsStay(t *testing.T) {
	const table = "a\tb\t\tc"
	for what, clean := range map[string]func(string) (string, error){"text": CheckLine, "lines": CheckLines, "verbatim": CheckVerbatim} {
		if got, err := clean(table); got != table || err != nil {
			t.Errorf("who sends a line with tabs as %s has said %q (error %v), want the tabs in it", what, got, err)
		}
	}
	if got, err := CheckLines("all:\n\tgo build ./...\n"); got != "all:\n\tgo build ./..." || err != nil {
		t.Errorf("a makefile is sent as %q (error %v), want its tab in it", got, err)
	}
	if got := Clean(table); got != "a b  c" {
		t.Errorf("outside messages tabs become %q, want spaces", got)
	}
	if got := Clean("a\t\u0301"); got != "a \u0301" {
		t.Errorf("a combining mark after a space became %+q, want it kept", got)
	}
	if got, _ := CheckLine("a\t\u0301b"); got != "a\tb" {
		t.Errorf("a combining mark after a tab became %+q, want it dropped", got)
	}
}

// Whatever comes in, the result can be shown in any terminal, and cleaning it again changes
// nothing.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "hello", "👨‍👩‍👧‍👦", "a\x1b[2Jb", "\u202e\u200d\u0301", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\xff\xc3\x28", "\x1b\xff[31m\x1b]本\x07", "\u009b\u00851m", "1\ufe0f\u20e3", "می\u200cخواهم\u200d", "葛\U000e0100", "a\t\u0301\u200d", "র" + strings.Repeat("\u0981", maxMarks) + "\u200d\u09cd", "❤\ufe0f\u200d🔥\u200d🔥"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for name, clean := range map[string]func(string) string{
			"text":     Clean,
			"lines":    CleanLines,
			"verbatim": func(s string) string { return CleanVerbatim(s) },
		} {
			out := clean(in)
			if again := clean(out); again != out {
				t.Fatalf("%s: %+q became %+q, and cleaned again %+q", name, in, out, again)
			}
			if !utf8.ValidString(out) || len(out) > len(in)+2*strings.Count(in, "\t") {
				t.Fatalf("%s: %+q became %+q, which is not UTF-8 or is longer", name, in, out)
			}
			if strings.Contains(out, "╎") {
				t.Fatalf("%s: %+q became %+q, which could forge a continued line", name, in, out)
			}
			for _, r := range out {
				if unicode.Is(unicode.Cc, r) && (name == "text" || r != '\n' && r != '\t') || unicode.Is(unicode.Bidi_Control, r) {
					t.Fatalf("%s: %+q became %+q, and %U reaches people's terminals", name, in, out, r)
				}
			}
		}
		if text, err := CheckLine(in); err == nil && (len(text) > MaxBytes || strings.TrimSpace(text) == "") {
			t.Fatalf("%+q is said as %+q, which is empty or too long", in, text)
		}
	})
}
