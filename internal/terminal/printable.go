package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	zwnj = '\u200c' // zero-width non-joiner, which Persian needs
	zwj  = '\u200d' // zero-width joiner, which joins emoji
	mvs  = '\u180e' // Mongolian vowel separator
)

// joinsPrevious reports whether a character combines with the one before it. At the beginning of
// the row that would be the prompt's last.
func joinsPrevious(r rune) bool { return unicode.Is(unicode.M, r) || r == '\u200d' }

// printable reports whether the row may contain a character. It may not contain characters that
// control the terminal, reorder the text around them, or are invisible, except for the joiners
// and variation selectors that shape visible ones.
func printable(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= ' ' && r != del
	case r < 0xa0: // C1
		return false
	case r == zwj, r == zwnj, r == mvs:
		return true
	case !utf8.ValidRune(r), r&0xfffe == 0xfffe, 0xfdd0 <= r && r <= 0xfdef: // surrogates, noncharacters
		return false
	case unicode.In(r, unicode.Variation_Selector, unicode.Prepended_Concatenation_Mark):
		return true
	}
	return !unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}

// printableOnly returns the printable characters of text.
func printableOnly(text string) string {
	return strings.Map(func(r rune) rune {
		if printable(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, ""))
}
