package text

import (
	"strings"
	"unicode"
)

// CutWord returns the first word of s, up to a space or a line break, and what follows, without
// spaces around it.
func CutWord(s string) (first, rest string) {
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}

// SkipWords returns what follows the first n words of s.
func SkipWords(s string, n int) string {
	for range n {
		_, s = CutWord(strings.TrimSpace(s))
	}
	return s
}

// HasPrefixFold reports whether name begins with typed, ignoring case.
func HasPrefixFold(name, typed string) bool {
	return len(name) >= len(typed) && (strings.HasPrefix(name, typed) || strings.HasPrefix(strings.ToLower(name), strings.ToLower(typed)))
}

// IsInvisible reports whether r shows nothing: a space, or a character that [Clean] drops.
func IsInvisible(r rune) bool { return unicode.IsSpace(r) || unwanted(r) }

// IsSeparator reports whether r may separate the words of a mistyped command: a space, or a sign
// such as those near the slash and the bar on some keyboard.
func IsSeparator(r rune) bool { return IsInvisible(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) }
