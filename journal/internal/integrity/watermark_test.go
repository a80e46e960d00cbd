package integrity

import "testing"

// What a watermark says holds for ever: only a higher one raises it, and anything less is a
// loss.
func TestWatermarks(t *testing.T) {
	t.Parallel()
	was := Watermark{LastSeq: 40, Floor: 10, Entries: 5}
	for _, c := range []struct {
		now    Watermark
		gone   bool
		raised Watermark
	}{
		{now: was, raised: was},
		{now: Watermark{LastSeq: 50, Floor: 10, Entries: 7}, raised: Watermark{LastSeq: 50, Floor: 10, Entries: 7}},
		{now: Watermark{LastSeq: 50, Floor: 45, Entries: 2}, raised: Watermark{LastSeq: 50, Floor: 45, Entries: 2}}, // compacted
		{now: Watermark{LastSeq: 39, Floor: 10, Entries: 5}, gone: true, raised: was},
		{now: Watermark{LastSeq: 40, Floor: 10, Entries: 4}, gone: true, raised: was},                                          // a block in the middle
		{now: Watermark{LastSeq: 50, Floor: 0, Entries: 9}, gone: true, raised: Watermark{LastSeq: 50, Floor: 10, Entries: 5}}, // the one with the floor
		{now: Watermark{LastSeq: 0, Floor: 0, Entries: 0}, gone: true, raised: was},                                            // all
		{now: Watermark{LastSeq: 39, Floor: 20, Entries: 90}, gone: true, raised: Watermark{LastSeq: 40, Floor: 20, Entries: 90}},
	} {
		if what := was.Missing(c.now); (what != "") != c.gone {
			t.Errorf("%v after %v: %q", c.now, was, what)
		}
		if got := was.raised(c.now); got != c.raised {
			t.Errorf("%v after %v is %v, want %v", c.now, was, got, c.raised)
		}
	}
}
