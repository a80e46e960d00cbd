package style

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// adversarialTexts returns texts made of what might begin something, or end it, each of one
// unit again and again and of what may follow it.
func adversarialTexts(bytes, many int) (texts []string) {
	pieces := []string{"http://", "https://", "(", "[", ")", "]", "*", "_", "`", "'", "“", ".", "/", "a", " ", "茶", "。", "\n", "```\n", "\n```", "\u0301", "\t"}
	random := rand.New(rand.NewPCG(14, 2))
	add := func(unit, last string) {
		texts = append(texts, strings.Repeat(unit, bytes/len(unit))+last)
	}
	for _, first := range pieces {
		add(first, "")
		add("http://"+first, "(")
		add(first+"http://", "(")
	}
	for len(texts) < many {
		unit := ""
		for range 2 + random.IntN(4) {
			unit += pieces[random.IntN(len(pieces))]
		}
		add(unit, pieces[random.IntN(len(pieces))])
	}
	return texts
}

// minTime is the shortest of some tries. Where that is longer than it should be, as on a
// busy machine, there are many more.
func minTime(most time.Duration, do func()) time.Duration {
	least := time.Hour
	for tries := 0; tries < 5 || least > most && tries < 100; tries++ {
		start := time.Now()
		do()
		least = min(least, time.Since(start))
	}
	return least
}

// A text is read about once, and not once for each thing that might begin in it: where
// there is sixteen times as much of it, that takes no more than some sixteen times as long.
// Times are compared with one another, and the shortest of some, so that a busy machine
// does not matter.
func TestMarkupIsLinear(t *testing.T) {
	const times, most = 16, 4 * 16
	look := Style{Depth: TrueColour, Width: 80, Links: true}
	cost := func(text string, most time.Duration) time.Duration {
		return minTime(most, func() { look.Line(nil, "alice: ", look.Text(text), "\r\n") })
	}
	short := adversarialTexts(1000, 200)
	for i, long := range adversarialTexts(times*1000, len(short)) {
		bound := most * max(cost(short[i], time.Hour), 10*time.Microsecond)
		if got := cost(long, bound); got > bound {
			t.Fatalf("%.60q and so on: 16 KB take %v, more than %d times as long as 1 KB", long, got, most)
		}
	}
}

// Programs, for which tabs stay and no row is too long, are sent lines as they are: with a tab
// they take about as long as without one, whatever else is in them.
func TestPlainLinesAreCopied(t *testing.T) {
	look := Style{Tabs: true}
	for _, piece := range []string{"a", "茶", "é", "👩\u200d👧"} {
		text := strings.Repeat(piece, 16000/len(piece))
		cost := func(text string, most time.Duration) time.Duration {
			return minTime(most, func() { look.Line(nil, "alice: ", text, "\n") })
		}
		bound := 4 * max(cost(text, time.Hour), 10*time.Microsecond)
		if got := cost("\t"+text, bound); got > bound {
			t.Errorf("%q: %v with a tab, more than four times as long as without", piece, got)
		}
		if got := string(look.Line(nil, "alice: ", "a\t"+text, "\n")); got != "alice: a\t"+text+"\n" {
			t.Errorf("%q: it is %.40q", piece, got)
		}
	}
}
