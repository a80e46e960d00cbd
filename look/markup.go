package look

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns the body of a message with its light markup shown and the marks
// taken away: *bold*, _italic_, `code`, lines of code between two lines of ```,
// and URLs as links. Marks count only at the edges of words, on one line, and
// not inside each other; in code and in URLs nothing counts. All else stays as
// it is, such as src/*/test/*.go, and so does everything where there are no styles,
// since marks can be read too.
//
// The text must be clean, as package room leaves it: above all, without ESC.
func (l Look) Text(s string) string {
	if !l.styled() || !strings.ContainsAny(s, "*_`") && !strings.Contains(s, "://") {
		return s
	}
	m := marker{look: l, out: make([]byte, 0, len(s)+64)}
	for len(s) > 0 {
		if block, rest, ok := fenced(s); ok {
			m.block(block)
			s = rest
			continue
		}
		line, rest, more := strings.Cut(s, "\n")
		m.line(line)
		if more {
			m.out = append(m.out, '\n')
		}
		s = rest
	}
	return string(m.out)
}

const fence = "```"

// fenced cuts a block of code from the beginning of s, with the newline behind
// its last line but one. The language that some write behind the first fence
// stays, as a line of the block. A block that does not end is none.
func fenced(s string) (block, rest string, ok bool) {
	s, ok = strings.CutPrefix(s, fence)
	if !ok {
		return "", "", false
	}
	language, body, ok := strings.Cut(s, "\n")
	if !ok || strings.Contains(language, "`") {
		return "", "", false
	}
	if strings.Trim(language, " ") == "" {
		s = body
	}
	block, rest, ok = strings.Cut(s, "\n"+fence)
	if !ok || block == "" || rest != "" && rest[0] != '\n' {
		return "", "", false
	}
	return block, rest, true
}

// A marker writes text with sequences in the place of marks.
type marker struct {
	look Look
	out  []byte
}

// block writes lines of code. Each stands alone, as all lines do.
func (m *marker) block(s string) {
	for line := range strings.Lines(s) {
		text, newline := strings.CutSuffix(line, "\n")
		m.out = append(m.out, m.look.code(text)...)
		if newline {
			m.out = append(m.out, '\n')
		}
	}
}

// line writes a line of text.
func (m *marker) line(s string) {
	var alone [utf8.RuneSelf]bool // marks that no more close on this line
	leaves := leaves{text: s}
	for i := 0; i < len(s); {
		if end := leaves.at(i); end > i {
			m.leaf(s[i:end])
			i = end
			continue
		}
		if c := s[i]; (c == '*' || c == '_') && !alone[c] && opens(s, i) {
			if end := closing(s, i); end > 0 {
				m.emphasis(c, s[i+1:end])
				i = end + 1
				continue
			}
			alone[c] = true
		}
		m.out = append(m.out, s[i])
		i++
	}
}

// emphasis writes what stood between two marks.
func (m *marker) emphasis(mark byte, s string) {
	inner, leaves := marker{look: m.look}, leaves{text: s}
	for i := 0; i < len(s); {
		if end := leaves.at(i); end > i {
			inner.leaf(s[i:end])
			i = end
			continue
		}
		inner.out = append(inner.out, s[i])
		i++
	}
	if mark == '*' {
		m.out = append(m.out, m.look.Bold(string(inner.out))...)
	} else {
		m.out = append(m.out, m.look.italic(string(inner.out))...)
	}
}

// leaf writes what leaves has found.
func (m *marker) leaf(s string) {
	if code, ok := strings.CutPrefix(s, "`"); ok {
		m.out = append(m.out, m.look.code(code[:len(code)-1])...)
	} else {
		m.out = append(m.out, m.look.link(s)...)
	}
}

// code shows code in a colour, or faint where there is none.
func (l Look) code(s string) string {
	const teal = 195 // degrees
	switch {
	case s == "":
		return ""
	case l.Theme == Ink || l.Depth == Mono:
		return l.Faint(s)
	case l.Depth == Ansi16:
		return within(indexed(6), s, colourOff)
	case l.Depth == Ansi256:
		return within(indexed(30), s, colourOff)
	}
	return within(l.colour(teal), s, colourOff)
}

// leaves finds what holds no marks in a text: code with its own around it, and URLs.
type leaves struct {
	text         string
	noURL, until int // from here to there no URL begins: who tries them all reads the text as often
}

// at returns the end of what begins at a place and holds no marks, or the place.
func (l *leaves) at(i int) (end int) {
	s := l.text
	switch s[i] {
	case 'h':
		if l.noURL <= i && i < l.until {
			return i
		}
		end, seen := urlAt(s, i)
		if end == i && seen > i {
			l.noURL, l.until = i, seen
		}
		return end
	case '`':
		if !opens(s, i) {
			return i
		}
		if n := strings.IndexByte(s[i+1:], '`'); n > 0 && closes(s, i+1+n) {
			return i + n + 2
		}
	}
	return i
}

// closing returns where the mark at s[i] is closed, or -1.
func closing(s string, i int) int {
	mark, from := s[i], i+1
	s = s[from:]
	leaves := leaves{text: s}
	for i = 0; i < len(s); {
		if end := leaves.at(i); end > i {
			i = end
			continue
		}
		switch {
		case s[i] != mark:
		case closes(s, i):
			return from + i
		case mark == '*' || !isInWord(s, i):
			return -1 // a list of patterns, as *a*,*b*
		}
		i++
	}
	return -1
}

// isInWord reports whether s[i] stands between two characters of a word.
func isInWord(s string, i int) bool {
	prev, _ := utf8.DecodeLastRuneInString(s[:i])
	next, _ := utf8.DecodeRuneInString(s[i+1:])
	return wordy(prev) && wordy(next)
}

// opens reports whether the mark at s[i] may begin something: it stands at the
// beginning of a word, and is not part of a face (*_*), of **, or of code.
func opens(s string, i int) bool {
	if r, size := utf8.DecodeLastRuneInString(strings.TrimRight(s[:i], opening+outer(s[i]))); !isEdge(s[i], r, size) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(s[i+1:])
	switch {
	case s[i] == '`':
		return next > ' ' && next != '`' && next != utf8.RuneError && !unicode.IsMark(next)
	case next < utf8.RuneSelf:
		return wordy(next) || next > ' ' && strings.ContainsRune("#@('\"`<+", next)
	}
	return next != utf8.RuneError && !unicode.IsSpace(next) && !unicode.IsMark(next)
}

// closes reports whether the mark at s[i] may end something: it stands at the end of
// a word.
func closes(s string, i int) bool {
	if r, size := utf8.DecodeRuneInString(strings.TrimLeft(s[i+1:], ending+outer(s[i]))); !isEdge(s[i], r, size) {
		return false
	}
	prev, _ := utf8.DecodeLastRuneInString(s[:i])
	if s[i] != '`' && prev < utf8.RuneSelf && strings.ContainsRune("/.-,([", prev) {
		return false
	}
	return i > 0 && !unicode.IsSpace(prev) && prev != rune(s[i])
}

// The punctuation of sentences that may stand between a mark and the edge of its word.
// Quotes that open are not among it: "*.go" and '*foo*' are quoted to be patterns.
const (
	opening = "([“‘«¿¡—–"
	ending  = ".,;:!?)]\"'…”’»—–"
)

// outer returns the marks that may stand outside of a mark: *see `this`*.
func outer(mark byte) string {
	if mark == '`' {
		return "*_"
	}
	return ""
}

// isEdge reports whether what stands beside a marked word, of so many bytes, is its edge:
// the end of the line, a space, or full-width punctuation. Other signs are none, as in
// src/*/x, since code has signs in that place; nor is a Han character, as in 长*宽*高, save
// beside `, which nobody calculates with.
func isEdge(mark byte, r rune, size int) bool {
	return size == 0 || unicode.IsSpace(r) || ideographic(r) && (mark == '`' || unicode.IsPunct(r) && r != '＊' && r != '＿' && r != '／')
}

// wordy reports whether r is part of a word that has edges. Han and kana have
// none. A combining mark is part of
// what it stands on, and that would be the mark.
func wordy(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return r != utf8.RuneError && !ideographic(r) && (unicode.IsLetter(r) || unicode.IsNumber(r)) || unicode.IsMark(r)
}
