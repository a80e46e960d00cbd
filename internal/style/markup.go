package style

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text renders the light markup of a message and removes the marks: *bold*, _italic_, `code`,
// blocks of code between two lines of ```, and URLs as links. Marks count only at the edges of
// words, within one line, and not inside each other, nor in code and URLs. Everything else stays
// as it is, such as src/*/test/*.go. If the style has no sequences, the whole text stays as it
// is, because marks are readable too.
//
// The text must be clean, as package room leaves it; above all it must not contain ESC.
func (sty Style) Text(s string) string {
	if !sty.usesSequences() || !strings.ContainsAny(s, "*_`") && !strings.Contains(s, "://") {
		return s
	}
	m := markupWriter{style: sty, out: make([]byte, 0, len(s)+64)}
	for len(s) > 0 {
		if block, rest, ok := cutCodeBlock(s); ok {
			m.writeCodeBlock(block)
			s = rest
			continue
		}
		line, rest, more := strings.Cut(s, "\n")
		m.writeLine(line)
		if more {
			m.out = append(m.out, '\n')
		}
		s = rest
	}
	return string(m.out)
}

const fence = "```"

// cutCodeBlock cuts a block of code from the beginning of s. A language after the first fence
// becomes a line of the block. A block without an end is not a block. What is left begins with a
// newline, unless it is empty.
func cutCodeBlock(s string) (block, rest string, ok bool) {
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

// A markupWriter writes text with sequences in place of marks.
type markupWriter struct {
	style Style
	out   []byte
}

// writeCodeBlock writes lines of code. Each is styled on its own, as all rows are.
func (w *markupWriter) writeCodeBlock(s string) {
	for line := range strings.Lines(s) {
		text, newline := strings.CutSuffix(line, "\n")
		w.out = append(w.out, w.style.code(text)...)
		if newline {
			w.out = append(w.out, '\n')
		}
	}
}

// writeLine writes a line of text.
func (w *markupWriter) writeLine(s string) {
	var alone [utf8.RuneSelf]bool // marks that are not closed again on this line
	leaves := verbatimFinder{text: s}
	for i := 0; i < len(s); {
		if end := leaves.spanEnd(i); end > i {
			w.writeVerbatim(s[i:end])
			i = end
			continue
		}
		if c := s[i]; (c == '*' || c == '_') && !alone[c] && opensMarkup(s, i) {
			if end := closingMark(s, i); end > 0 {
				w.writeEmphasis(c, s[i+1:end])
				i = end + 1
				continue
			}
			alone[c] = true
		}
		w.out = append(w.out, s[i])
		i++
	}
}

// writeEmphasis writes the text between two marks.
func (w *markupWriter) writeEmphasis(mark byte, s string) {
	inner, leaves := markupWriter{style: w.style}, verbatimFinder{text: s}
	for i := 0; i < len(s); {
		if end := leaves.spanEnd(i); end > i {
			inner.writeVerbatim(s[i:end])
			i = end
			continue
		}
		inner.out = append(inner.out, s[i])
		i++
	}
	if mark == '*' {
		w.out = append(w.out, w.style.Bold(string(inner.out))...)
	} else {
		w.out = append(w.out, w.style.italic(string(inner.out))...)
	}
}

// writeVerbatim writes code or a URL that a verbatimFinder has found.
func (w *markupWriter) writeVerbatim(s string) {
	if code, ok := strings.CutPrefix(s, "`"); ok {
		w.out = append(w.out, w.style.code(code[:len(code)-1])...)
	} else {
		w.out = append(w.out, w.style.link(s)...)
	}
}

// code renders code in a colour, or faint if there are none.
func (sty Style) code(s string) string {
	const teal = 195 // degrees
	switch {
	case s == "":
		return ""
	case sty.Theme == Ink || sty.Depth == Mono:
		return sty.Faint(s)
	case sty.Depth == Ansi16:
		return surround(indexedColour(6), s, colourOff)
	case sty.Depth == Ansi256:
		return surround(indexedColour(30), s, colourOff)
	}
	return surround(sty.colourSequence(teal), s, colourOff)
}

// A verbatimFinder finds the parts of a text in which marks do not count: code and URLs.
type verbatimFinder struct {
	text                  string
	noURLFrom, noURLUntil int // no URL begins in this range; trying every place would take quadratic time
}

// spanEnd returns the end of the code or URL that begins at i, or i if there is none.
func (f *verbatimFinder) spanEnd(i int) (end int) {
	s := f.text
	switch s[i] {
	case 'h':
		if f.noURLFrom <= i && i < f.noURLUntil {
			return i
		}
		end, seen := findURLEnd(s, i)
		if end == i && seen > i {
			f.noURLFrom, f.noURLUntil = i, seen
		}
		return end
	case '`':
		if !opensMarkup(s, i) {
			return i
		}
		if n := strings.IndexByte(s[i+1:], '`'); n > 0 && closesMarkup(s, i+1+n) {
			return i + n + 2
		}
	}
	return i
}

// closingMark returns the index of the mark that closes the one at s[i], or -1.
func closingMark(s string, i int) int {
	mark, from := s[i], i+1
	s = s[from:]
	leaves := verbatimFinder{text: s}
	for i = 0; i < len(s); {
		if end := leaves.spanEnd(i); end > i {
			i = end
			continue
		}
		switch {
		case s[i] != mark:
		case closesMarkup(s, i):
			return from + i
		case mark == '*' || !isInWord(s, i):
			return -1 // a list of patterns, such as *a*,*b*
		}
		i++
	}
	return -1
}

// isInWord reports whether s[i] stands between two characters of a word.
func isInWord(s string, i int) bool {
	prev, _ := utf8.DecodeLastRuneInString(s[:i])
	next, _ := utf8.DecodeRuneInString(s[i+1:])
	return isWordRune(prev) && isWordRune(next)
}

// opensMarkup reports whether the mark at s[i] may open markup: it stands at the beginning of a
// word, and is not part of an emoticon (*_*), of **, or of code.
func opensMarkup(s string, i int) bool {
	if r, size := utf8.DecodeLastRuneInString(strings.TrimRight(s[:i], openingPunctuation+outerMarks(s[i]))); !isEdge(s[i], r, size) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(s[i+1:])
	switch {
	case s[i] == '`':
		return next > ' ' && next != '`' && next != utf8.RuneError && !unicode.IsMark(next)
	case next < utf8.RuneSelf:
		return isWordRune(next) || next > ' ' && strings.ContainsRune("#@('\"`<+", next)
	}
	return next != utf8.RuneError && !unicode.IsSpace(next) && !unicode.IsMark(next)
}

// closesMarkup reports whether the mark at s[i] may close markup: it stands at the end of a word.
func closesMarkup(s string, i int) bool {
	if r, size := utf8.DecodeRuneInString(strings.TrimLeft(s[i+1:], closingPunctuation+outerMarks(s[i]))); !isEdge(s[i], r, size) {
		return false
	}
	prev, _ := utf8.DecodeLastRuneInString(s[:i])
	if s[i] != '`' && prev < utf8.RuneSelf && strings.ContainsRune("/.-,([", prev) {
		return false
	}
	return i > 0 && !unicode.IsSpace(prev) && prev != rune(s[i])
}

// The punctuation that may stand between a mark and the edge of its word. Opening straight quotes
// are not included: "*.go" and '*foo*' are quoted because they are patterns.
const (
	openingPunctuation = "([“‘«¿¡—–"
	closingPunctuation = ".,;:!?)]\"'…”’»—–"
)

// outerMarks returns the marks that may surround a mark: *see `this`*.
func outerMarks(mark byte) string {
	if mark == '`' {
		return "*_"
	}
	return ""
}

// isEdge reports whether r, of size bytes, is an edge for the marked word beside it: the end of
// the line, a space, or full-width punctuation. Other symbols are not, because code has them
// there, as in src/*/x. Nor are Han characters, as in 长*宽*高, except beside `, which nobody
// multiplies with.
func isEdge(mark byte, r rune, size int) bool {
	return size == 0 || unicode.IsSpace(r) || isIdeographic(r) && (mark == '`' || unicode.IsPunct(r) && r != '＊' && r != '＿' && r != '／')
}

// isWordRune reports whether r is part of a word that has edges. Han and kana have none. A
// combining mark counts, because it belongs to the character before it, which would be the mark.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return r != utf8.RuneError && !isIdeographic(r) && (unicode.IsLetter(r) || unicode.IsNumber(r)) || unicode.IsMark(r)
}
