package room

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mentions reports whether what was said has a person's name in it, in whatever
// case and width: as a word of its own or, where the name is in a script without
// spaces between words, anywhere. One's own lines never mention one. All readers
// ask of each line, so it takes a moment the first time only.
func (e *Event) Mentions(who *UserInfo) bool {
	if e.Kind != Said || e.User.SessionID == who.SessionID || who.Person != "" && e.User.Person == who.Person {
		return false
	}
	wanted := who.folded
	if wanted == nil {
		wanted = foldName(who.Name)
	}
	folded := e.foldedText()
	if wanted.singleWordBit != 0 && folded.wordBits&wanted.singleWordBit == 0 {
		return false // as it is nearly always
	}
	name, text := wanted.text, folded.text
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

// fastIndex is [strings.Index], faster where nearly all characters of text and name
// begin with the same few bytes, as in Chinese: there it looks for the last byte.
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

// hasBoundaryBefore reports whether a word has ended where a name begins after a text.
func hasBoundaryBefore(text, name string) bool {
	before, _ := utf8.DecodeLastRuneInString(text)
	first, _ := utf8.DecodeRuneInString(name)
	return text == "" || isWordBoundary(before, first)
}

// hasBoundaryAfter reports whether another word begins where a text goes on after a
// name. A number after a hyphen belongs to the name: the house makes such names.
func hasBoundaryAfter(name, text string) bool {
	next, size := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(name)
	if next == '-' && size < len(text) && text[size] >= '0' && text[size] <= '9' {
		return false
	}
	return text == "" || isWordBoundary(last, next)
}

// isWordBoundary reports whether two characters that stand together are not of one word.
func isWordBoundary(a, b rune) bool {
	return !isWordRune(a) || !isWordRune(b) || isUnspaced(a) != isUnspaced(b) || isUnspaced(a)
}

func isWordRune(r rune) bool {
	return r == '_' || unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// isUnspaced reports whether r is of a script whose words stand together, or have
// endings that are no part of a name.
func isUnspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
