package style

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxURL is the length in bytes of the longest URL that becomes a link. Terminals cut or refuse
// longer ones.
const maxURL = 2000

// findURLEnd returns the end of the URL that begins at s[i], or i if there is none, and how far
// it has looked. Only its end can disqualify a URL, so if there is none, no URL begins between i
// and seen either.
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

// urlExtent returns how far a URL may extend. Text in scripts without spaces follows a URL
// directly, as in 见https://example.com/a很好, so an ideographic character belongs to the URL only
// after a symbol or another such character, as in /wiki/茶.
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

// trimURL removes from the end what belongs to the sentence: punctuation, marks, and brackets
// that the URL does not open.
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

// maxLinkRows is the most rows that a link may take. Each row repeats the whole target.
const maxLinkRows = 3

// link returns a URL as a clickable link. A URL that is too long is only underlined: the output
// must stay in proportion to the text.
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

// escapeURL percent-encodes everything but printable ASCII, which is all that OSC 8 allows.
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
