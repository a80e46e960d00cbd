package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mentions reports whether f contains a name: as a word of its own or, if the name is in a
// script without spaces between words, anywhere.
func (f *Folded) Mentions(wanted *Folded) bool {
	if wanted.singleWordBit != 0 && f.wordBits&wanted.singleWordBit == 0 {
		return false // nearly always
	}
	name, text := wanted.text, f.text
	for from := 0; ; {
		i := fastIndex(text[from:], name)
		if i < 0 || name == "" {
			return false
		}
		begin, end := from+i, from+i+len(name)
		if hasBoundaryBefore(text[:begin], name) && hasBoundaryAfter(name, text[end:]) {
			return true
		}
		_, size := utf8.DecodeRuneInString(name)
		from = begin + size
	}
}

// fastIndex is [strings.Index], but looks for the last byte of a name that is not ASCII: in
// Chinese, say, nearly all characters begin with the same few bytes.
func fastIndex(text, name string) int {
	if len(name) < 2 || name[0] < utf8.RuneSelf {
		return strings.Index(text, name)
	}
	last := len(name) - 1
	for i := last; i < len(text); i++ {
		n := strings.IndexByte(text[i:], name[last])
		if n < 0 {
			return -1
		}
		if i += n; text[i-last:i+1] == name {
			return i - last
		}
	}
	return -1
}

// hasBoundaryBefore reports whether a name that follows text begins a new word.
func hasBoundaryBefore(text, name string) bool {
	before, _ := utf8.DecodeLastRuneInString(text)
	first, _ := utf8.DecodeRuneInString(name)
	return text == "" || isWordBoundary(before, first)
}

// hasBoundaryAfter reports whether text that follows a name begins a new word. A hyphen and a
// number belong to the name, since the server gives out such names.
func hasBoundaryAfter(name, text string) bool {
	next, size := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(name)
	if next == '-' && size < len(text) && text[size] >= '0' && text[size] <= '9' {
		return false
	}
	return text == "" || isWordBoundary(last, next)
}

// isWordBoundary reports whether two adjacent characters belong to different words.
func isWordBoundary(a, b rune) bool {
	return !isWordRune(a) || !isWordRune(b) || isUnspaced(a) != isUnspaced(b) || isUnspaced(a)
}

func isWordRune(r rune) bool {
	return r == '_' || unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// isUnspaced reports whether r belongs to a script that writes words without spaces, or with
// endings that are not part of a name.
func isUnspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
