package cellwidth

import (
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

func TestClusters(t *testing.T) {
	for _, test := range []struct {
		cluster    string
		most, wide int // the second on East Asian terminals
	}{
		{"a", 1, 1},
		{"\n", 1, 1},
		{"é", 1, 1},
		{"Ж", 1, 1},
		{"ω", 1, 1},
		{"и\u0306", 1, 1},
		{"─", 1, 2},
		{"①", 1, 2},
		{"×", 1, 2},
		{"e\u0301", 1, 1},
		{"§", 1, 2},
		{"茶", 2, 2},
		{"\u0301", 1, 1},               // a combining mark alone
		{"का", 2, 2},                   // its mark has a cell of its own in some terminals
		{"👩\u200d👩\u200d👧", 6, 6},      // one emoji, or three
		{"\U0001F1E8\U0001F1F3", 4, 4}, // a flag, or two letters
		{"a\u0300\u0300\u0300\u0300\u0300\u0300", 1, 1}, // any number of marks
		{"\xff\xff", 2, 2},
	} {
		for wide, want := range map[bool]int{false: test.most, true: test.wide} {
			table := displaywidth.Options{EastAsianWidth: wide}
			s, b := Max(table, test.cluster), MaxBytes(table, []byte(test.cluster))
			if s != want || b != want {
				t.Errorf("%q takes %d and %d cells, want %d (East Asian: %v)", test.cluster, s, b, want, wide)
			}
		}
	}
}

// Max is never less than Typical, and a single character takes one or two cells.
func TestEveryCharacter(t *testing.T) {
	for _, wide := range []bool{false, true} {
		table := displaywidth.Options{EastAsianWidth: wide}
		for r := rune(0); r <= utf8.MaxRune; r++ {
			if got := Max(table, string(r)); got < Typical(table, string(r)) || got < 1 || got > 2 {
				t.Errorf("%U: Max is %d, Typical is %d", r, got, Typical(table, string(r)))
			}
		}
	}
}
