package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	zwnj = '\u200c' // keeps letters apart that would join, as Persian needs
	zwj  = '\u200d' // joins emoji into one
	mvs  = '\u180e' // parts the last vowel of a Mongolian word from it
)

// joinsPrevious reports whether a character joins the one before it. At the beginning of
// the row that would be the prompt's.
func joinsPrevious(r rune) bool { return unicode.Is(unicode.M, r) || r == '\u200d' }

// printable reports whether a row may hold the character. It may not hold what
// steers a terminal, what reorders the text around it, and what cannot be seen,
// except for the joiners and variation selectors that shape what can.
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

// printableOnly is the printable part of a text.
func printableOnly(text string) string {
	return strings.Map(func(r rune) rune {
		if printable(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, ""))
}
