package duration

import "regexp"

// attempt matches what begins as a duration does, right or wrong: no reason begins like that.
var attempt = regexp.MustCompile(`^[-+]?\p{Nd}`)

// inWords matches a duration in words: a number, a unit, and then the end of the phrase. In
// Chinese "all day long" begins with "one day".
var inWords = regexp.MustCompile(`(?i)^(?:for )?((?:an?|one|two|three|four|five|six|seven|eight|nine|ten|half an?|a few|a couple of|some|several) (?:second|minute|hour|day|week|month|year)s?|` +
	`[一二两兩三四五六七八九十半几幾]+ ?[个個]?(?:秒|秒钟|秒鐘|分钟|分鐘|小时|小時|钟头|鐘頭|天|日|周|週|星期|月|年))(?:[\s\pP]|$)`)

// LooksLike reports whether s begins with a number, so that whoever typed it means a duration,
// even if [Parse] refuses it.
func LooksLike(s string) bool { return attempt.MatchString(s) }

// InWords returns the duration in words with which s begins, in English or Chinese, as in "two
// hours" or "三天"; or "".
func InWords(s string) string {
	if m := inWords.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}
