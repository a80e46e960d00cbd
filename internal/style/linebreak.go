package style

import "strings"

// isIdeographic reports whether r is of a script that is written without spaces,
// so that a row may end before and after it, or a picture. Hangul is not: Korean
// has spaces. Nor is Thai, whose words only a dictionary finds.
func isIdeographic(r rune) bool {
	switch {
	case r < 0x2e80:
		return false
	case r >= 0xffa0 && r <= 0xffdc, r >= 0x3130 && r <= 0x318f, r >= 0x3200 && r <= 0x321e: // Hangul
		return false
	}
	return r <= 0xa4cf || // radicals, kana, Han, Yi, and their punctuation
		r >= 0xf900 && r <= 0xfaff || // Han for compatibility
		r >= 0xfe30 && r <= 0xfe4f || // vertical forms
		r >= 0xff01 && r <= 0xffef || // full width
		r >= 0x1f300 && r <= 0x1faff || // pictures
		r >= 0x20000 && r <= 0x3ffff // more Han
}

// canBreakBetween reports whether a row may end between two characters without a
// space.
func canBreakBetween(a, b rune) bool {
	return (isIdeographic(a) || isIdeographic(b)) && !strings.ContainsRune("（「『【《〈〔［｛“‘([{", a)
}

// cannotStartRow reports whether r may not begin a row: the short rule of kinsoku, for
// what ends sentences and brackets.
func cannotStartRow(r rune) bool {
	return strings.ContainsRune("。，、．！？：；）」』】》〉〕］｝”’…ー々,.!?:;)]}%", r)
}
