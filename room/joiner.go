package room

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	zwnj = '\u200C'
	zwj  = '\u200D'

	mongolianVowelSeparator = '\u180E' // of Mongolian
)

// isJoinerAllowed reports whether a joiner, or a non-joiner, means something where it stands: after
// prev, which belongs to the letter base, and before next. That is so at a virama, with
// which letters make conjuncts, and in scripts whose letters join.
//
// All stays that the rules of IDNA keep in a domain name (RFC 5892, A.1 and A.2), and what
// these leave out since names can do without: Bengali has a joiner before a virama, and
// Persian a non-joiner also after letters that join to one side only.
func isJoinerAllowed(base, prev, next rune) bool {
	const arabic = '\u0600' // of the scripts that join, the first in Unicode
	if base < arabic || !unicode.IsLetter(base) {
		return false
	}
	return isVirama(prev) || isVirama(next) || base == '\u0640' || // which is of no script
		unicode.In(base, unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Mongolian, unicode.Nko, unicode.Adlam,
			unicode.Phags_Pa, unicode.Hanifi_Rohingya, unicode.Manichaean, unicode.Psalter_Pahlavi, unicode.Sogdian,
			unicode.Old_Uyghur, unicode.Chorasmian, unicode.Khmer)
}

// isVirama goes by the canonical combining class.
func isVirama(r rune) bool {
	const virama = 9
	var buf [utf8.UTFMax]byte
	return norm.NFD.Properties(utf8.AppendRune(buf[:0], r)).CCC() == virama
}

// isVariationAllowed reports whether the variation selector r means something after base: an
// ideograph has variants, and so have Mongolian letters.
func isVariationAllowed(r, base rune) bool {
	switch {
	case r >= '\uFE00' && r <= '\uFE02', r >= 0xE0100 && r <= 0xE01EF:
		return unicode.Is(unicode.Unified_Ideograph, base)
	case r >= '\u180B' && r <= '\u180F': // mongolianVowelSeparator is among them
		return unicode.Is(unicode.Mongolian, base) && unicode.IsLetter(base)
	}
	return false
}
