package room

import (
	"strconv"
	"time"
)

// mostSpan is the longest time that an operator may name: some ten years. What
// is to last longer lasts for good.
const mostSpan = 3650 * 24 * time.Hour

// parseSpan reads how long something is to last: a number and a unit, as in 90s,
// 10m, 2h, 3d, 4w.
func parseSpan(s string) (time.Duration, bool) {
	if len(s) < 2 || len(s) > 10 {
		return 0, false
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	unit := units[s[len(s)-1]]
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || unit == 0 || n <= 0 || n > int(mostSpan/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
