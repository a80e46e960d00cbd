package style

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Continuation begins each row of a line but the first. No user can type it, so no user can forge
// another's line: in users' text package text replaces it. Of the box-drawing characters it is one
// that takes one cell even where ambiguous characters take two.
const Continuation = "╎"

const (
	// maxHeadCells is the width of the widest head that text is aligned with. A wider one would
	// leave little room for the text.
	maxHeadCells = 24
	// defaultIndent is the indent below a wider head, or without one.
	defaultIndent = 4
	// markCells is the width of the continuation mark and the space after it.
	markCells = 2
	// tabStop is the distance between tab stops, and narrowTabStop that in windows of less than
	// narrowTabsBelow cells, where wide gaps would leave no room for the text.
	tabStop, narrowTabStop = 8, 4
	narrowTabsBelow        = 40
)

// Line appends a chat line to dst: a head, such as the time and a name, the body, both with no
// sequences but this package's own, and end. What does not fit continues on further rows, and so
// does what follows a newline in the body. Each of these begins with the continuation mark, and
// each row resets its sequences at the end. Tab stops are counted from where the row's text
// begins, so that columns line up whatever the head.
//
// Other sequences, control characters and invalid UTF-8 are dropped. That is a second defence:
// texts must be clean before they come here.
func (sty Style) Line(dst []byte, head, body, end string) []byte {
	head, body = strings.ToValidUTF8(head, ""), strings.ToValidUTF8(body, "")
	if sty.Plain {
		body = collapseBlanks(body)
	}
	if sty.fits(head, body) {
		return append(append(append(dst, head...), body...), end...)
	}
	w := rowWriter{style: sty, dst: dst, end: end, limit: sty.rowLimit(), continuation: sty.Faint(Continuation) + " "}
	w.writeHead(head)
	w.write(body)
	return w.finish()
}

// collapseBlanks replaces each run of blanks by one space, except a single blank and two spaces.
// Where the terminal wraps lines, as it does in a plain style, a text could use a long run to
// begin a row that looks like another line.
func collapseBlanks(s string) string {
	var out []byte
	for rest := s; rest != ""; {
		word := strings.IndexFunc(rest, isBlank)
		if word < 0 {
			return string(append(out, rest...))
		}
		out, rest = append(out, rest[:word]...), rest[word:]
		run := strings.IndexFunc(rest, func(r rune) bool { return !isBlank(r) })
		if run < 0 {
			run = len(rest)
		}
		if blanks := rest[:run]; utf8.RuneCountInString(blanks) == 1 || blanks == "  " {
			out = append(out, blanks...)
		} else {
			out = append(out, ' ')
		}
		rest = rest[run:]
	}
	return string(out)
}

// isBlank reports whether r takes room on a row but is invisible.
func isBlank(r rune) bool {
	return r == '\t' || unicode.Is(unicode.Zs, r) || r == 0x2800 || r == 0x13441 || r == 0x13442 || r == 0x1D159
}

// fits reports whether a line can be written unchanged. It counts bytes, because no character has
// more cells than bytes.
func (sty Style) fits(head, body string) bool {
	var p sgrState
	n, ok := sty.textBytes(head, &p)
	m, ok2 := sty.textBytes(body, &p)
	return ok && ok2 && p == sgrState{} && n+m <= sty.rowLimit()
}

// textBytes counts the bytes of s outside of sequences. It is not ok if there are control
// characters other than tabs that stay tabs. This shortcut matters: laying out a long line takes
// twenty times as long as copying it.
func (sty Style) textBytes(s string, p *sgrState) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 0x1b:
			size := p.parse(s[i:])
			if size == 0 {
				return 0, false
			}
			i += size - 1
			continue
		case s[i] == '\t' && sty.Tabs:
		case s[i] < ' ', s[i] == 0x7f, s[i] == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0:
			return 0, false
		}
		n++
	}
	return n, true
}

// A rowWriter writes a line in rows. It remembers the last place where the row could end; when
// something does not fit, it turns that place into a row break.
type rowWriter struct {
	style        Style
	dst          []byte
	end          string
	limit        int
	indent       int    // how many cells rows below the first are indented
	tabOrigin    int    // the column where the row's text begins; tab stops count from there
	continuation string // the continuation mark, at the end of the indent
	repeatedHead string // what rows begin with in plain styles, instead of the mark

	sgr        sgrState
	col        int
	row        int      // where the row's text begins in dst
	prev       rune     // the first rune of the last cluster
	afterSpace bool     // prev is followed by spaces
	textEnd    position // the end of the text, before those spaces

	breakBuf []byte // buffer for wrap

	canWrap   bool
	breakEnd  position // where the row ends if it is wrapped, without spaces
	nextStart position // where the next row begins
}

// A position is a place in dst, with its column and the styles that are on.
type position struct {
	at  int
	col int
	sgr sgrState
}

func (w *rowWriter) position() position { return position{at: len(w.dst), col: w.col, sgr: w.sgr} }

// writeHead writes the head and decides how far the rows below are indented.
func (w *rowWriter) writeHead(head string) {
	start := len(w.dst)
	w.row, w.textEnd, w.indent = start, w.position(), defaultIndent
	w.write(head)
	slight := w.col == 0 || w.col > maxHeadCells || w.style.Width > 0 && w.col > (w.limit+1)/3
	if w.row == start && !slight {
		w.indent = max(w.col, markCells)
		w.canWrap = false // the break would be in the head
	}
	if w.style.Plain {
		w.repeatedHead = string(w.dst[start:])
	}
	w.tabOrigin = w.col
}

// write adds text with sequences.
func (w *rowWriter) write(s string) {
	for s != "" {
		switch c := s[0]; {
		case c == 0x1b:
			if n := w.sgr.parse(s); n > 0 {
				w.dst = append(w.dst, s[:n]...)
				s = s[n:]
				continue
			}
			s = s[1:]
		case c == '\n':
			w.newRow()
			s = s[1:]
		case c == '\t':
			w.addTab()
			s = s[1:]
		case c < ' ' || c == 0x7f:
			s = s[1:]
		case len(s) == 1 || c < 0x7f && s[1] < utf8.RuneSelf:
			n := asciiWord(s)
			w.addWord(s[:n])
			s = s[n:]
		default:
			s = s[w.addClusters(s):]
		}
	}
}

// asciiWord returns the length of the ASCII word at the beginning of s; a space is a word of its
// own. It leaves out a last character that is followed by a non-ASCII one, which may combine with
// it.
func asciiWord(s string) int {
	n := 1
	for s[0] != ' ' && n < len(s) && s[n] > ' ' && s[n] < 0x7f {
		n++
	}
	if n > 1 && n < len(s) && s[n] >= utf8.RuneSelf {
		n--
	}
	return n
}

// addTab adds spaces up to the next tab stop, or a tab if tabs stay.
func (w *rowWriter) addTab() {
	if w.style.Tabs {
		w.dst = append(w.dst, '\t')
		w.col++
		w.afterSpace = true
		return
	}
	stop := tabStop
	if w.limit < narrowTabsBelow {
		stop = narrowTabStop
	}
	for n := stop - (w.col-w.tabOrigin)%stop; n > 0; n-- {
		w.add(" ", 1)
	}
}

// addWord adds an ASCII word, without looking for a row break if it fits.
func (w *rowWriter) addWord(s string) {
	w.add(s[:1], 1)
	if s = s[1:]; s != "" && w.col+len(s) <= w.limit {
		w.dst = append(w.dst, s...)
		w.col += len(s)
		w.prev, w.textEnd = rune(s[len(s)-1]), w.position()
		return
	}
	for i := range len(s) {
		w.add(s[i:i+1], 1)
	}
}

// addClusters adds the grapheme clusters at the beginning of s until the next ASCII character,
// and returns their length.
func (w *rowWriter) addClusters(s string) int {
	n := 0
	for g := w.style.widthOptions().StringGraphemes(s); g.Next(); {
		cluster := g.Value()
		n += len(cluster)
		w.addCluster(cluster)
		if n < len(s) && s[n] < utf8.RuneSelf {
			break
		}
	}
	return n
}

func (w *rowWriter) addCluster(cluster string) {
	if r, _ := utf8.DecodeRuneInString(cluster); unicode.IsControl(r) {
		return
	}
	cells := w.style.clusterCells(cluster)
	if cells <= w.limit-w.indent {
		w.add(cluster, cells)
		return
	}
	for _, r := range cluster { // wider than a row
		c := string(r)
		w.add(c, w.style.clusterCells(c))
	}
}

// add adds a cluster, and wraps the row before it if necessary.
func (w *rowWriter) add(cluster string, cells int) {
	r, _ := utf8.DecodeRuneInString(cluster)
	if cluster == " " {
		w.dst = append(w.dst, ' ')
		w.col++
		w.afterSpace = true
		return
	}
	// A break left of the next row's indent would make the row longer, and one exactly there
	// would gain nothing.
	if w.textEnd.at > w.row && w.col > w.indent && w.canStartRow(r) {
		w.canWrap, w.breakEnd, w.nextStart = true, w.textEnd, w.position()
	}
	for w.col+cells > w.limit && w.col > w.indent {
		w.wrap()
	}
	w.dst = append(w.dst, cluster...)
	w.col += cells
	w.prev, w.afterSpace, w.textEnd = r, false, w.position()
}

// canStartRow reports whether a row may begin with r here. After a space only ideographic
// punctuation may not: .gitignore and :-) are words.
func (w *rowWriter) canStartRow(r rune) bool {
	if w.afterSpace {
		return r < utf8.RuneSelf || !cannotStartRow(r)
	}
	return canBreakBetween(w.prev, r) && !cannotStartRow(r)
}

// wrap moves everything after the last possible break to a new row. If there was none, it breaks
// the word here.
func (w *rowWriter) wrap() {
	if !w.canWrap {
		w.breakEnd, w.nextStart = w.textEnd, w.position()
	}
	w.breakBuf = w.appendRowBreak(w.breakBuf[:0], w.breakEnd.sgr, w.nextStart.sgr)
	w.dst = slices.Replace(w.dst, w.breakEnd.at, w.nextStart.at, w.breakBuf...)
	w.beginRow(w.breakEnd.at+len(w.breakBuf), w.col-w.nextStart.col)
}

// newRow ends the row at a newline in the text.
func (w *rowWriter) newRow() {
	w.dst = w.appendRowBreak(w.dst, w.trim(), w.sgr)
	w.beginRow(len(w.dst), 0)
}

func (w *rowWriter) finish() []byte {
	last := w.trim()
	return append(last.appendReset(w.dst), w.end...)
}

// trim drops spaces at the end of a row that do not fit, and returns the styles that are on
// there.
func (w *rowWriter) trim() sgrState {
	if w.col <= w.limit {
		return w.sgr
	}
	w.dst = w.dst[:w.textEnd.at]
	return w.textEnd.sgr
}

// appendRowBreak appends the end of a row, where the styles are from, and the beginning of the
// next, where they are to.
func (w *rowWriter) appendRowBreak(dst []byte, from, to sgrState) []byte {
	dst = append(from.appendReset(dst), w.end...)
	if w.style.Plain {
		// A screen reader's user would make nothing of the mark; repeating the head tells whose
		// line it is.
		dst = append(dst, w.repeatedHead...)
	} else {
		for range w.indent - markCells {
			dst = append(dst, ' ')
		}
		dst = append(dst, w.continuation...)
	}
	return to.appendRestore(dst)
}

// beginRow records that a row's text begins at w.dst[at:] and already has so many cells.
func (w *rowWriter) beginRow(at, cells int) {
	w.row, w.col, w.tabOrigin = at, w.indent+cells, w.indent
	w.textEnd, w.afterSpace, w.canWrap = w.position(), false, false
}
