package sanitize

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// A time that is far ahead counts as now; what another clock may show stays, and so does what is past.
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

// Nothing happened before there were teahouses, nor so late that nothing could follow.
func TestIsPlausibleTime(t *testing.T) {
	for year, want := range map[int]bool{1: false, 1999: false, 2000: true, 2199: true, 2200: false, 9999: false} {
		if at := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC); IsPlausibleTime(at) != want {
			t.Errorf("the year %d is plausible: %t", year, !want)
		}
	}
}

// Escape sequences go, and what is too long is cut.
func TestText(t *testing.T) {
	if got := Text("a\x1b[2Jb", 10); got != "ab" {
		t.Errorf("it is %q", got)
	}
	if got := Text(strings.Repeat("茶", 10), 10); got != "茶茶茶" {
		t.Errorf("it is %q", got)
	}
	if got := Names([]string{"a", "\x1b[2J", "b", "c"}, 3); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("the names are %q", got)
	}
}

// Of people as many are left as there may be, and none whose key is none.
func TestPeople(t *testing.T) {
	people := map[string]string{"": "nobody", "K\x1b": "eve"}
	for i := range 5 {
		people[fmt.Sprint("K", i)] = "n\x1b[2J"
	}
	got := People(people, 3)
	if !maps.Equal(got, map[string]string{"K0": "n", "K1": "n", "K2": "n"}) {
		t.Errorf("the people are %q", got)
	}
}
