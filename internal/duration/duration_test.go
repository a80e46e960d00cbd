package duration

import (
	"testing"
	"time"
)

// People write a duration in the units that suit them, and may combine them.
func TestParse(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"0": 0, "0d": 0, "1s": time.Second, "90s": 90 * time.Second, "10m": 10 * time.Minute, "2h": 2 * time.Hour, "3d": 72 * time.Hour,
		"4w": 28 * day, "3650d": 3650 * day, "007m": 7 * time.Minute, "1d12h": 36 * time.Hour, "2h3m": 123 * time.Minute, "1h2d": 49 * time.Hour,
		"1.5h": 90 * time.Minute, "1.5d": 36 * time.Hour, "100ms": 100 * time.Millisecond, "1m0.5s": 60500 * time.Millisecond, "+2h": 2 * time.Hour, "-2h": -2 * time.Hour,
		"-1d12h": -36 * time.Hour, "106751d": 106751 * day,
	} {
		if d, err := Parse(s); err != nil || d != want {
			t.Errorf("somebody types %q, which is read as %v with the error %v; want %v", s, d, err, want)
		}
	}
	for _, s := range []string{"", "+", "-", "d", "w", "h", "2", "2H", "2 h", "2min", "2hours", "1d12", "d12h", "1d-12h", "--2h", "+-2h", "1y", "２h", "spam", "bots", "2h\x00",
		"106752d", "99999999999d", "99999999999999999999w", "9223372036854775807s", "106751d24h", "1.d.", "."} {
		if d, err := Parse(s); err == nil {
			t.Errorf("somebody types %q, which is read as %v, want an error", s, d)
		}
	}
}

func TestFormat(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 90 * day: "90d", 90 * time.Minute: "1h30m", 36 * time.Hour: "36h", 90 * time.Second: "1m30s", 20 * time.Second: "20s", time.Millisecond: "1ms",
	} {
		if got := Format(d); got != want {
			t.Errorf("people read %v as %q, want %q", d, got, want)
		}
	}
}

// Attempts at a duration, in digits and in words, are recognized. The reason of a ban is not one.
func TestAttempts(t *testing.T) {
	for s, want := range map[string]bool{"2h": true, "2hours": true, "+3x": true, "-1": true, "３天": true, "spam": false, "": false, "h2": false} {
		if got := LooksLike(s); got != want {
			t.Errorf("%q counts as an attempt at a duration: %t, want %t", s, got, want)
		}
	}
	for s, want := range map[string]string{"two hours": "two hours", "for a week, spam": "a week", "三天": "三天", "半个小时": "半个小时", "一天到晚": "", "two faced": "", "spam": ""} {
		if got := InWords(s); got != want {
			t.Errorf("%q is recognized as the duration %q in words, want %q", s, got, want)
		}
	}
}

// What Go's own parser reads means the same here, and what is read can be written and read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"2h", "+3d", "1d12h", "1.5w", "0", "-.5s", "1µs", "2562047h47m16.854775807s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if want, e := time.ParseDuration(s); e == nil && want != -1<<63 && (err != nil || d != want) {
			t.Fatalf("%q is read as %v with the error %v; Go reads %v", s, d, err, want)
		}
		if err != nil {
			return
		}
		if again, err := Parse(Format(d)); err != nil || again != d {
			t.Fatalf("%q is read as %v, which is written as %q, which is read as %v with the error %v", s, d, Format(d), again, err)
		}
	})
}
