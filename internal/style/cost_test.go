package style

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// adversarialTexts returns texts of one repeated unit that might begin or end markup, each with
// and without something after it.
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

// minTime returns the shortest of several runs. If even that exceeds most, as on a busy machine,
// it tries many more.
func minTime(most time.Duration, do func()) time.Duration {
	least := time.Hour
	for tries := 0; tries < 5 || least > most && tries < 100; tries++ {
		start := time.Now()
		do()
		least = min(least, time.Since(start))
	}
	return least
}

// Rendering is linear in the length of the text: 16 times the text takes about 16 times as long.
// The test compares the shortest of several times with one another, so that a busy machine does
// not matter.
func TestMarkupIsLinear(t *testing.T) {
	t.Parallel()
	const times, most = 16, 4 * 16
	sty := Style{Depth: TrueColour, Width: 80, Links: true}
	cost := func(text string, most time.Duration) time.Duration {
		return minTime(most, func() { sty.Line(nil, "alice: ", sty.Text(text), "\r\n") })
	}
	short := adversarialTexts(1000, 200)
	for i, long := range adversarialTexts(times*1000, len(short)) {
		bound := most * max(cost(short[i], time.Hour), 10*time.Microsecond)
		if got := cost(long, bound); got > bound {
			t.Fatalf("%.60q and so on: 16 KB take %v, more than %d times as long as 1 KB", long, got, most)
		}
	}
}

// Programs keep tabs and have no row limit, so their lines are copied as they are: a line with a
// tab takes about as long as one without.
func TestPlainLinesAreCopied(t *testing.T) {
	sty := Style{Tabs: true}
	for _, piece := range []string{"a", "茶", "é", "👩\u200d👧"} {
		text := strings.Repeat(piece, 16000/len(piece))
		cost := func(text string, most time.Duration) time.Duration {
			return minTime(most, func() { sty.Line(nil, "alice: ", text, "\n") })
		}
		bound := 4 * max(cost(text, time.Hour), 10*time.Microsecond)
		if got := cost("\t"+text, bound); got > bound {
			t.Errorf("%q: %v with a tab, more than four times as long as without", piece, got)
		}
		if got := string(sty.Line(nil, "alice: ", "a\t"+text, "\n")); got != "alice: a\t"+text+"\n" {
			t.Errorf("%q is shown as %.40q", piece, got)
		}
	}
}
