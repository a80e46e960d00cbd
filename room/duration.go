package room

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxPenaltyTime is the longest time that an operator may name: some ten years. What
// is to last longer lasts for good.
const maxPenaltyTime = 3650 * 24 * time.Hour

// durationLike is what somebody writes who means a time, be it right or not: no reason
// begins like that.
var durationLike = regexp.MustCompile(`^[-+]?\p{Nd}`)

// durationInWords is the same in words: a number, a unit, and then no more of the same thought
// in Chinese, where "all day long" begins with one day.
var durationInWords = regexp.MustCompile(`(?i)^(?:for )?((?:an?|one|two|three|four|five|six|seven|eight|nine|ten|half an?|a few|a couple of|some|several) (?:second|minute|hour|day|week|month|year)s?|` +
	`[一二两兩三四五六七八九十半几幾]+ ?[个個]?(?:秒|秒钟|秒鐘|分钟|分鐘|小时|小時|钟头|鐘頭|天|日|周|週|星期|月|年))(?:[\s\pP]|$)`)

// parseDuration reads how long something is to last: numbers, each with a unit, as in
// 90s, 10m, 2h, 4w, 1d12h.
func parseDuration(s string) (total time.Duration, ok bool) {
	if len(s) > 20 {
		return 0, false
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if i < 1 {
			return 0, false
		}
		n, err := strconv.Atoi(s[:i])
		unit := units[s[i]]
		if err != nil || unit == 0 || n == 0 || n > int((maxPenaltyTime-total)/unit) {
			return 0, false
		}
		total += time.Duration(n) * unit
		s = s[i+1:]
	}
	return total, total > 0
}
