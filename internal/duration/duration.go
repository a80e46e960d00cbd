package duration

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

var errRange = errors.New("duration: longer than 292 years")

// Parse reads a duration: "0", or numbers with units, as in 90s, 1.5h, 30d, 4w or 1d12h, perhaps
// with a sign before them. It accepts everything that [time.ParseDuration] does. The error is for
// programs; tell people what you would have accepted.
func Parse(s string) (time.Duration, error) {
	rest := strings.TrimLeft(s, "+-")
	if len(s)-len(rest) > 1 || rest == "" {
		return 0, fmt.Errorf("duration: %q is not one", s)
	}
	if rest == "0" {
		return 0, nil
	}
	var total time.Duration
	for rest != "" {
		term, after := cutTerm(rest)
		d, err := parseTerm(term)
		if err != nil {
			return 0, err
		}
		if d > math.MaxInt64-total {
			return 0, errRange
		}
		total, rest = total+d, after
	}
	if s[0] == '-' {
		total = -total
	}
	return total, nil
}

// cutTerm cuts a number and the unit that follows off s, which has at least one character.
func cutTerm(s string) (term, rest string) {
	unit := strings.IndexFunc(s, func(r rune) bool { return !isNumber(r) })
	if unit < 0 {
		return s, ""
	}
	next := strings.IndexFunc(s[unit:], isNumber)
	if next < 0 {
		return s, ""
	}
	return s[:unit+next], s[unit+next:]
}

func isNumber(r rune) bool { return r >= '0' && r <= '9' || r == '.' }

// parseTerm reads one number with a unit. It has no sign.
func parseTerm(term string) (time.Duration, error) {
	hours := time.Duration(1)
	if n, ok := strings.CutSuffix(term, "d"); ok {
		term, hours = n+"h", day/time.Hour
	} else if n, ok := strings.CutSuffix(term, "w"); ok {
		term, hours = n+"h", week/time.Hour
	}
	d, err := time.ParseDuration(term)
	switch {
	case err != nil:
		return 0, err
	case d < 0: // a sign after the first
		return 0, fmt.Errorf("duration: %q has a sign", term)
	case d > math.MaxInt64/hours:
		return 0, errRange
	}
	return d * hours, nil
}

// Format returns a duration as [Parse] reads it, without units that are zero: 0, 90d, 1h30m.
func Format(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}
