package eventlog

import (
	"slices"
	"time"

	"teahouse/internal/event"
)

const (
	// PageLines is how many lines are shown at a time if more were found.
	PageLines = 20

	// PageBytes is about how many bytes of text a page has. Rendered for a terminal they may be
	// sixteen times as many, and the terminal may not be reading.
	PageBytes = 16 << 10
)

// PageLength returns how many lines make one page, at least one and up to most, from the beginning
// or backward from the end.
func PageLength(lines []*event.Event, most int, backward bool) (n int) {
	for bytes := 0; n < min(most, len(lines)) && bytes < PageBytes; n++ {
		if backward {
			bytes += lines[len(lines)-1-n].TextSize()
		} else {
			bytes += lines[n].TextSize()
		}
	}
	return n
}

// LatestPage returns the last lines for which keep returns true, up to most of them or a page,
// oldest first.
func LatestPage(lines []*event.Event, most int, keep func(*event.Event) bool) (page []*event.Event) {
	bytes := 0
	for _, e := range slices.Backward(lines) {
		if len(page) == most || bytes >= PageBytes {
			break
		}
		if keep(e) {
			page = append(page, e)
			bytes += e.TextSize()
		}
	}
	slices.Reverse(page)
	return page
}

// FirstSince returns the index of the first line that was said at or after a time.
func FirstSince(said []*event.Event, since time.Time) int {
	at, _ := slices.BinarySearchFunc(said, since, func(e *event.Event, t time.Time) int { return e.Time.Compare(t) })
	return at
}
