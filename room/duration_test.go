package room

import (
	"testing"
	"time"
)

// How long something is to last is written as people write it; nothing else is a
// time, but the beginning of a reason.
func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"1s": time.Second, "90s": 90 * time.Second, "10m": 10 * time.Minute, "2h": 2 * time.Hour, "3d": 72 * time.Hour,
		"4w": 28 * 24 * time.Hour, "3650d": maxPenaltyTime, "007m": 7 * time.Minute, "1d12h": 36 * time.Hour, "2h3m": 123 * time.Minute,
		"": 0, "h": 0, "2": 0, "0h": 0, "-2h": 0, "+2h": 0, "2H": 0, "2 h": 0, "1.5h": 0, "3651d": 0, "522w": 0, "87601h": 0,
		"2min": 0, "2hours": 0, "1d12": 0, "d12h": 0, "0d12h": 0, "3650d1s": 0, "1d-12h": 0, "9223372036854775807s": 0,
		"99999999999d": 0, "9999999999": 0, "２h": 0, "spam": 0, "bots": 0, "1ms": 0, "2h\x00": 0,
	} {
		if d, ok := parseDuration(s); d != want || ok != (want != 0) {
			t.Errorf("%q is %v, %t; want %v", s, d, ok, want)
		}
	}
}

// Whatever is written, a time is more than nothing and at most ten years.
func FuzzParseDuration(f *testing.F) {
	f.Add("2h")
	f.Add("+3d")
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := parseDuration(s); ok != (d > 0) || d < 0 || d > maxPenaltyTime {
			t.Errorf("%q is %v, %t", s, d, ok)
		}
	})
}
