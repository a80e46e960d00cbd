package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Joiners join letters and pictures, or keep them apart, and are not seen themselves.
const (
	ZeroWidthNonJoiner = '\u200C'
	ZeroWidthJoiner    = '\u200D'

	mongolianVowelSeparator = '\u180E' // of Mongolian
)

// isJoinerAllowed reports whether a joiner or a non-joiner means something between prev, which
// belongs to the letter base, and next. It does beside a virama, with which letters form
// conjuncts, and in scripts whose letters join.
//
// It keeps everything that IDNA keeps in a domain name (RFC 5892, A.1 and A.2), and what IDNA
// leaves out because domain names can do without it: Bengali has a joiner before a virama, and
// Persian has a non-joiner after letters that join on one side only, too.
func isJoinerAllowed(base, prev, next rune) bool {
	const arabic = '\u0600' // the first in Unicode of the scripts that join
	if base < arabic || !unicode.IsLetter(base) {
		return false
	}
	return isVirama(prev) || isVirama(next) || base == '\u0640' || // tatweel, which belongs to no script
		unicode.In(base, unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Mongolian, unicode.Nko, unicode.Adlam,
			unicode.Phags_Pa, unicode.Hanifi_Rohingya, unicode.Manichaean, unicode.Psalter_Pahlavi, unicode.Sogdian,
			unicode.Old_Uyghur, unicode.Chorasmian, unicode.Khmer)
}

// isVirama reports whether r is a virama, by its canonical combining class.
func isVirama(r rune) bool {
	const virama = 9
	var buf [utf8.UTFMax]byte
	return norm.NFD.Properties(utf8.AppendRune(buf[:0], r)).CCC() == virama
}

// isVariationAllowed reports whether the variation selector r means something after base:
// ideographs have variants, and so do Mongolian letters.
func isVariationAllowed(r, base rune) bool {
	switch {
	case r >= '\uFE00' && r <= '\uFE02', r >= 0xE0100 && r <= 0xE01EF:
		return unicode.Is(unicode.Unified_Ideograph, base)
	case r >= '\u180B' && r <= '\u180F': // mongolianVowelSeparator is among them
		return unicode.Is(unicode.Mongolian, base) && unicode.IsLetter(base)
	}
	return false
}
