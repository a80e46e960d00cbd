package duration

import (
	"testing"
	"time"
)

// A moment is written as people write it.
func TestParseSince(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	now := time.Date(2026, 11, 21, 12, 30, 15, 0, zone)
	for s, want := range map[string]string{
		"90m":                  "2026-11-21T11:00:15+08:00",
		"3d":                   "2026-11-18T12:30:15+08:00",
		"1w":                   "2026-11-14T12:30:15+08:00",
		"1d12h":                "2026-11-20T00:30:15+08:00",
		"08:05":                "2026-11-21T08:05:00+08:00",
		"18:05":                "2026-11-20T18:05:00+08:00",
		"2026-11-01":           "2026-11-01T00:00:00+08:00",
		"2026-11-01 10:00":     "2026-11-01T10:00:00+08:00",
		"2026-11-01T10:00":     "2026-11-01T10:00:00+08:00",
		"2026-11-01T10:00:07":  "2026-11-01T10:00:07+08:00",
		"2026-11-01T10:00:07Z": "2026-11-01T10:00:07Z",
	} {
		if at, err := ParseSince(s, now); err != nil || at.Format(time.RFC3339) != want {
			t.Errorf("%s is %v, %v; want %s", s, at, err, want)
		}
	}
	for _, s := range []string{"", "d", "-3d", "-2h", "25:00", "tomorrow", "2026-13-01", "99999999d"} {
		if at, err := ParseSince(s, now); err == nil {
			t.Errorf("%q is %v", s, at)
		}
	}
}
