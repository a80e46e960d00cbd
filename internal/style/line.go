package style

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Continuation stands at the beginning of each row of a line but the first.
// Nobody can say it, so nobody can write what looks like the line of another:
// in people's text [ContinuationStandIn] takes its place. Of the box drawings it
// is one that has one cell also where ambiguous characters have two.
const (
	Continuation        = "╎"
	ContinuationStandIn = "╏"
)

const (
	// maxHeadCells is the most cells of a head under which no text is put.
	// Wider ones would leave little room for the text.
	maxHeadCells = 24
	// defaultIndent is the indent below a wider one, and where there is no head.
	defaultIndent = 4
	// markCells is what the continuation mark and the space after it take.
	markCells = 2
	// tabStop is from where to where in a text a tab leads, and narrowTabStop in windows
	// of less than so many cells, where wider gaps would leave no room for the text.
	tabStop, narrowTabStop = 8, 4
	narrowTabsBelow        = 40
)

// Line appends to dst a line of talk: a head, such as the time and a name, and
// the body, each with sequences of this package only, and end. What does not fit
// goes on in rows below, and so does what follows a newline in the body. Each
// row begins with the continuation mark and ends with all sequences taken back.
// Tabs lead to the next of the stops that each row's text has of its own, so that
// columns are under each other whatever the head.
//
// Sequences of others, control characters and what is no UTF-8 are left out. That
// is a second lock: the first is that texts are clean before they come here.
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

// collapseBlanks makes one space of each run of blanks, but for one blank alone and for two
// spaces. Where the terminal folds a line, as it does with plain ones, a text could begin a
// row by that, and look like another line.
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

// isBlank reports whether r is drawn as nothing, on a row.
func isBlank(r rune) bool {
	return r == '\t' || unicode.Is(unicode.Zs, r) || r == 0x2800 || r == 0x13441 || r == 0x13442 || r == 0x1D159
}

// fits reports whether a line can be written as it is. It goes by bytes, and no
// character has more cells than bytes.
func (sty Style) fits(head, body string) bool {
	var p sgrState
	n, ok := sty.textBytes(head, &p)
	m, ok2 := sty.textBytes(body, &p)
	return ok && ok2 && p == sgrState{} && n+m <= sty.rowLimit()
}

// textBytes counts the bytes of s outside of sequences. It is not ok if there
// are control characters, but for tabs that stay: to lay out a long line takes twenty times
// as long as to copy it.
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

// A rowWriter writes a line in rows. It finds out that something does not fit when
// it comes to it, and then turns the last place where that is possible, which it
// has remembered, into the end of a row.
type rowWriter struct {
	style        Style
	dst          []byte
	end          string
	limit        int
	indent       int    // the cells that rows below the first begin with
	tabOrigin    int    // where in the row the text begins, which tabs go by
	continuation string // the last of them
	repeatedHead string // for plain looks, what they begin with instead

	sgr        sgrState
	col        int
	row        int      // where in dst the row's text begins
	prev       rune     // the first of the last cluster
	afterSpace bool     // spaces follow it
	textEnd    position // behind it

	breakBuf []byte // for a joint

	canWrap   bool
	breakEnd  position // the end of the row if it is folded, without spaces
	nextStart position // the beginning of the next
}

// A position is one in dst.
type position struct {
	at  int
	col int
	sgr sgrState
}

func (w *rowWriter) position() position { return position{at: len(w.dst), col: w.col, sgr: w.sgr} }

// writeHead writes the head and decides where the rows below it begin.
func (w *rowWriter) writeHead(head string) {
	start := len(w.dst)
	w.row, w.textEnd, w.indent = start, w.position(), defaultIndent
	w.write(head)
	slight := w.col == 0 || w.col > maxHeadCells || w.style.Width > 0 && w.col > (w.limit+1)/3
	if w.row == start && !slight {
		w.indent = max(w.col, markCells)
		w.canWrap = false // it was in the head
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

// asciiWord returns the length of the word of ASCII at the beginning of s; a
// space is a word too. A character with something else behind it, which may
// belong to it, is left.
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

// addTab adds spaces up to the next stop.
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

// addWord adds a word of ASCII. No row ends in it if it fits.
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

// addClusters adds the clusters at the beginning of s, until it comes to ASCII
// again, and returns their length.
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

// add adds a cluster and folds the row before it if need be.
func (w *rowWriter) add(cluster string, cells int) {
	r, _ := utf8.DecodeRuneInString(cluster)
	if cluster == " " {
		w.dst = append(w.dst, ' ')
		w.col++
		w.afterSpace = true
		return
	}
	// Folded left of where the next one begins a row would grow by it, and folded
	// there win nothing.
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

// canStartRow reports whether a row may begin with r where the row is. After a space
// only ideographic signs cling: .gitignore and :-) are words.
func (w *rowWriter) canStartRow(r rune) bool {
	if w.afterSpace {
		return r < utf8.RuneSelf || !cannotStartRow(r)
	}
	return canBreakBetween(w.prev, r) && !cannotStartRow(r)
}

// wrap moves what follows the last place where a row may end to a row of its
// own. If there was none the word is cut here.
func (w *rowWriter) wrap() {
	if !w.canWrap {
		w.breakEnd, w.nextStart = w.textEnd, w.position()
	}
	w.breakBuf = w.appendRowBreak(w.breakBuf[:0], w.breakEnd.sgr, w.nextStart.sgr)
	w.dst = slices.Replace(w.dst, w.breakEnd.at, w.nextStart.at, w.breakBuf...)
	w.beginRow(w.breakEnd.at+len(w.breakBuf), w.col-w.nextStart.col)
}

// newRow ends a row where the text does.
func (w *rowWriter) newRow() {
	w.dst = w.appendRowBreak(w.dst, w.trim(), w.sgr)
	w.beginRow(len(w.dst), 0)
}

func (w *rowWriter) finish() []byte {
	last := w.trim()
	return append(last.appendReset(w.dst), w.end...)
}

// trim drops spaces at the end of a row that do not fit, and returns the pen
// there.
func (w *rowWriter) trim() sgrState {
	if w.col <= w.limit {
		return w.sgr
	}
	w.dst = w.dst[:w.textEnd.at]
	return w.textEnd.sgr
}

// appendRowBreak appends the end of a row that was written with one pen and the beginning
// of the next with another.
func (w *rowWriter) appendRowBreak(dst []byte, from, to sgrState) []byte {
	dst = append(from.appendReset(dst), w.end...)
	if w.style.Plain {
		// A mark says nothing to who only hears it: the head says again whose
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

// beginRow notes that a row begins at w.dst[at:], and has so many cells of text.
func (w *rowWriter) beginRow(at, cells int) {
	w.row, w.col, w.tabOrigin = at, w.indent+cells, w.indent
	w.textEnd, w.afterSpace, w.canWrap = w.position(), false, false
}
