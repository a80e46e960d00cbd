package sanitize

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// A time far in the future counts as now. Times that another node's clock may show stay, and so do
// past ones.
func TestTime(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ t, want time.Time }{
		{now.Add(MaxClockAhead), now.Add(MaxClockAhead)},
		{now.Add(MaxClockAhead + 1), now},
		{now.AddDate(-10, 0, 0), now.AddDate(-10, 0, 0)},
		{time.Time{}, time.Time{}},
	} {
		if got := Time(test.t, now); !got.Equal(test.want) {
			t.Errorf("%v counts as %v, want %v", test.t, got, test.want)
		}
	}
}

// Nothing happened before the year 2000, or so late that nothing could happen after it.
func TestIsPlausibleTime(t *testing.T) {
	for year, want := range map[int]bool{1: false, 1999: false, 2000: true, 2199: true, 2200: false, 9999: false} {
		if at := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC); IsPlausibleTime(at) != want {
			t.Errorf("an event of the year %d counts as plausible: %t, want %t", year, !want, want)
		}
	}
}

// Escape sequences are removed, and long texts are cut between characters.
func TestText(t *testing.T) {
	if got := Text("a\x1b[2Jb", 10); got != "ab" {
		t.Errorf("a text with an escape sequence becomes %q, want ab", got)
	}
	if got := Text(strings.Repeat("茶", 10), 10); got != "茶茶茶" {
		t.Errorf("ten characters cut to ten bytes become %q, want three whole characters", got)
	}
	if got := Names([]string{"a", "\x1b[2J", "b", "c"}, 3); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("of the names a, nothing, b and c the last three become %q, want b and c", got)
	}
}

// Names by person are cut to the maximum number, and people without a proper ID are dropped.
func TestPeople(t *testing.T) {
	people := map[string]string{"": "nobody", "K\x1b": "eve"}
	for i := range 5 {
		people[fmt.Sprint("K", i)] = "n\x1b[2J"
	}
	got := People(people, 3)
	if !maps.Equal(got, map[string]string{"K0": "n", "K1": "n", "K2": "n"}) {
		t.Errorf("the people left are %q, want K0, K1 and K2, with clean names", got)
	}
}
