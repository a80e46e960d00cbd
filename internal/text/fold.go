package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// A Folded is a text without differences of case, width and normal form, with one bit set for
// each ASCII word in it. For most readers those bits tell that they are not mentioned.
//
// It is made once, when the text arrives, and kept with it, since folding takes a hundred times
// as long as looking for a word. It shares the text's memory where folding changes nothing, and
// is at most half as long again otherwise. It must not be changed.
type Folded struct {
	text          string
	SearchText    string // without invisible characters either, for a search
	wordBits      uint64
	singleWordBit uint64 // the bit of the only word, or 0 if there is not exactly one
}

// Fold returns s folded.
func Fold(s string) *Folded {
	f := &Folded{text: foldString(s)}
	if most := len(s) + len(s)/2; len(f.text) > most { // some characters become several
		f.text = strings.ToValidUTF8(f.text[:most], "")
	}
	if f.text == s {
		f.text = s
	}
	f.SearchText = stripInvisible(f.text)
	f.singleWordBit = wordBit(f.text)
	for word := range strings.FieldsFuncSeq(f.text, func(r rune) bool { return r >= utf8.RuneSelf || !isWordRune(r) }) {
		f.wordBits |= wordBit(word)
	}
	return f
}

// SearchWords returns the words of a query, as they appear in a [Folded.SearchText].
func SearchWords(query string) []string { return strings.Fields(stripInvisible(foldString(query))) }

// foldString makes texts equal that differ only in case, width and normal form.
func foldString(s string) string {
	if IsPrintableASCII(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(cases.Fold().String(width.Fold.String(s)))
}

// stripInvisible removes joiners and variation selectors, so that a search finds words with and
// without them.
func stripInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= mongolianVowelSeparator && (r == ZeroWidthJoiner || r == ZeroWidthNonJoiner || r == mongolianVowelSeparator || unicode.Is(unicode.Variation_Selector, r)) {
			return -1
		}
		return r
	}, s)
}

// wordBit returns the bit of a word, one of 64, or 0 for anything but a single ASCII word.
func wordBit(word string) uint64 {
	if word == "" {
		return 0
	}
	hash := uint32(2166136261) // FNV-1a
	for i := range len(word) {
		c := word[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return 0
		}
		hash = (hash ^ uint32(c)) * 16777619
	}
	return 1 << (hash >> 26)
}
