package sanitize

import "time"

// Nothing happened in a teahouse before firstYear, nor in lastYear.
const (
	firstYear = 2000
	lastYear  = 2200
)

// MaxClockAhead is how far ahead another node's clock may be. What is later still counts as now.
const MaxClockAhead = time.Minute

// IsPlausibleTime reports whether something may have happened at a time.
func IsPlausibleTime(t time.Time) bool { return t.UTC().Year() >= firstYear && !IsTooLate(t) }

// IsTooLate reports whether a time is so late that nothing that happens after it could be stored. A
// clock may have been ahead once, or be far behind now: so what is stored may be later than now,
// and what happens after it is later still.
func IsTooLate(t time.Time) bool { return t.UTC().Year() >= lastYear }

// Time returns t or, if it is far ahead, now: it would push all that comes after it ahead, too.
func Time(t, now time.Time) time.Time {
	if t.After(now.Add(MaxClockAhead)) {
		return now
	}
	return t
}
