package duration

import (
	"fmt"
	"time"
)

// ParseSince parses a moment in the past: how long ago (90m, 2h, 3d), a time of day, a date, or
// both, in now's time zone.
func ParseSince(s string, now time.Time) (time.Time, error) {
	if ago, err := Parse(s); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if t, err := time.Parse("15:04", s); err == nil {
		year, month, day := now.Date()
		at := time.Date(year, month, day, t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.After(now) {
			at = at.AddDate(0, 0, -1) // in the morning, half past eleven at night means yesterday's
		}
		return at, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("duration: %q is no moment", s)
}
