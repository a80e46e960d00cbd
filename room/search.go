package room

import (
	"time"

	"teahouse/internal/ratelimit"
)

// StoreTimeout is how soon a line is stored if nothing is wrong.
const StoreTimeout = 2 * time.Second

// PastLines returns what the room remembers, except what s ignores. The caller must not change the
// slice.
func PastLines(s *Session) []*Event {
	said := s.Room().PastLines()
	if s.IgnoreList.Load() == nil {
		return said
	}
	return FilterLines(s, said, func(e *Event) bool { return !s.Ignores(e) })
}

// FilterLines returns the lines for which keep returns true.
func FilterLines(s *Session, said []*Event, keep func(*Event) bool) (kept []*Event) {
	for _, e := range said {
		if s.Meter.AddWork(ratelimit.WorkPerLine); keep(e) {
			kept = append(kept, e)
		}
	}
	return kept
}
