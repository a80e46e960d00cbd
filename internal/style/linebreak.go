package style

import "strings"

// isIdeographic reports whether r belongs to a script that is written without spaces, or is a
// pictograph, so that a row may end before and after it. Hangul does not count, because Korean
// has spaces, nor does Thai, whose words only a dictionary can find.
func isIdeographic(r rune) bool {
	switch {
	case r < 0x2e80:
		return false
	case r >= 0xffa0 && r <= 0xffdc, r >= 0x3130 && r <= 0x318f, r >= 0x3200 && r <= 0x321e: // Hangul
		return false
	}
	return r <= 0xa4cf || // radicals, kana, Han, Yi, and their punctuation
		r >= 0xf900 && r <= 0xfaff || // compatibility ideographs
		r >= 0xfe30 && r <= 0xfe4f || // vertical forms
		r >= 0xff01 && r <= 0xffef || // fullwidth and halfwidth forms
		r >= 0x1f300 && r <= 0x1faff || // pictographs
		r >= 0x20000 && r <= 0x3ffff // more Han
}

// canBreakBetween reports whether a row may end between two characters without a space.
func canBreakBetween(a, b rune) bool {
	return (isIdeographic(a) || isIdeographic(b)) && !strings.ContainsRune("（「『【《〈〔［｛“‘([{", a)
}

// cannotStartRow reports whether r may not begin a row, by the basic kinsoku rule for closing
// punctuation and brackets (JIS X 4051).
func cannotStartRow(r rune) bool {
	return strings.ContainsRune("。，、．！？：；）」』】》〉〕］｝”’…ー々,.!?:;)]}%", r)
}
