package style

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxURL is the most bytes of a URL that becomes a link. Terminals cut or refuse
// longer ones.
const maxURL = 2000

// findURLEnd returns the end of the URL that begins at s[i], or i, and up to where it has
// looked. It is the end that makes something no URL, so where there is none, none that
// begins further on, before there, is either.
func findURLEnd(s string, i int) (end, seen int) {
	rest, ok := strings.CutPrefix(s[i:], "http")
	if !ok {
		return i, i
	}
	rest = strings.TrimPrefix(rest, "s")
	rest, ok = strings.CutPrefix(rest, "://")
	if prev, _ := utf8.DecodeLastRuneInString(s[:i]); !ok || isWordRune(prev) {
		return i, i
	}
	begin, size := len(s)-len(rest), urlExtent(rest)
	if n := len(trimURL(rest[:size])); n > 0 {
		return begin + n, begin + size
	}
	return i, begin + size
}

// urlExtent is how far a URL may reach. Scripts that are written without spaces go
// on right behind it, 见https://example.com/a很好, so such a character belongs to
// a URL only after a sign or another of its kind: /wiki/茶 does.
func urlExtent(s string) int {
	var prev rune
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf && (r <= ' ' || r == 0x7f || strings.ContainsRune("<>\"`{}|\\^", r)):
			return i
		case r < utf8.RuneSelf:
		case !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r):
			return i
		case isIdeographic(r) && prev < utf8.RuneSelf && isWordRune(prev):
			return i
		}
		prev = r
	}
	return len(s)
}

// trimURL takes away what belongs to the sentence: its punctuation, marks, and
// brackets that the URL does not open.
func trimURL(s string) string {
	round := strings.Count(s, "(") - strings.Count(s, ")")
	square := strings.Count(s, "[") - strings.Count(s, "]")
	for s != "" {
		switch last := s[len(s)-1]; {
		case strings.IndexByte(".,;:!?'*_~", last) >= 0:
		case last == ')' && round < 0:
			round++
		case last == ']' && square < 0:
			square++
		case last == '/' && strings.Trim(s, "/") == "", last == '(', last == '[':
			return "" // no host
		default:
			return s
		}
		s = s[:len(s)-1]
	}
	return s
}

// maxLinkRows is the most rows that a link has, if it begins one: each repeats the whole
// target.
const maxLinkRows = 3

// link returns a URL as one can follow it. A longer one is no link: what is sent must be
// in proportion to what was said.
func (sty Style) link(url string) string {
	if !sty.Links || len(url) > maxURL {
		return sty.underline(url)
	}
	target := escapeURL(url)
	if len(target) > maxURL || sty.Width > 0 && sty.width(url) > maxLinkRows*sty.minTextCells() {
		return sty.underline(url)
	}
	return linkOn + target + stringTerminator + url + linkOff
}

// escapeURL writes what is not printable ASCII as a URI does: the sequence that
// it goes into allows nothing else.
func escapeURL(url string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(url) {
		if c := url[i]; c > ' ' && c <= '~' {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
