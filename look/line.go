package look

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
	// widestHead is the most cells of a head under which no text is put.
	// Wider ones would leave little room for the text.
	widestHead = 24
	// slightIndent is the indent below a wider one, and where there is no head.
	slightIndent = 4
	// markCells is what the continuation mark and the space after it take.
	markCells = 2
	// tabStop is from where to where in a text a tab leads, and narrowStop in windows
	// of less than so many cells, where wider gaps would leave no room for the text.
	tabStop, narrowStop = 8, 4
	roomForTabs         = 40
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
func (l Look) Line(dst []byte, head, body, end string) []byte {
	head, body = strings.ToValidUTF8(head, ""), strings.ToValidUTF8(body, "")
	if l.Plain {
		body = squeeze(body)
	}
	if l.fits(head, body) {
		return append(append(append(dst, head...), body...), end...)
	}
	w := writer{look: l, dst: dst, end: end, limit: l.limit(), mark: l.Faint(Continuation) + " "}
	w.writeHead(head)
	w.write(body)
	return w.finish()
}

// squeeze makes one space of each run of blanks, but for one blank alone and for two
// spaces. Where the terminal folds a line, as it does with plain ones, a text could begin a
// row by that, and look like another line.
func squeeze(s string) string {
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
func (l Look) fits(head, body string) bool {
	var p pen
	n, ok := l.plainBytes(head, &p)
	m, ok2 := l.plainBytes(body, &p)
	return ok && ok2 && p == pen{} && n+m <= l.limit()
}

// plainBytes counts the bytes of s outside of sequences. It is not ok if there
// are control characters, but for tabs that stay: to lay out a long line takes twenty times
// as long as to copy it.
func (l Look) plainBytes(s string, p *pen) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 0x1b:
			size := p.take(s[i:])
			if size == 0 {
				return 0, false
			}
			i += size - 1
			continue
		case s[i] == '\t' && l.Tabs:
		case s[i] < ' ', s[i] == 0x7f, s[i] == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0:
			return 0, false
		}
		n++
	}
	return n, true
}

// A writer writes a line in rows. It finds out that something does not fit when
// it comes to it, and then turns the last place where that is possible, which it
// has remembered, into the end of a row.
type writer struct {
	look  Look
	dst   []byte
	end   string
	limit int
	hang  int    // the cells that rows below the first begin with
	stops int    // where in the row the text begins, which tabs go by
	mark  string // the last of them
	head  string // for plain looks, what they begin with instead

	pen   pen
	col   int
	row   int   // where in dst the row's text begins
	prev  rune  // the first of the last cluster
	gap   bool  // spaces follow it
	solid place // behind it

	buf []byte // for a joint

	foldable bool
	from     place // the end of the row if it is folded, without spaces
	to       place // the beginning of the next
}

// A place is one in dst.
type place struct {
	at  int
	col int
	pen pen
}

func (w *writer) here() place { return place{at: len(w.dst), col: w.col, pen: w.pen} }

// writeHead writes the head and decides where the rows below it begin.
func (w *writer) writeHead(head string) {
	start := len(w.dst)
	w.row, w.solid, w.hang = start, w.here(), slightIndent
	w.write(head)
	slight := w.col == 0 || w.col > widestHead || w.look.Width > 0 && w.col > (w.limit+1)/3
	if w.row == start && !slight {
		w.hang = max(w.col, markCells)
		w.foldable = false // it was in the head
	}
	if w.look.Plain {
		w.head = string(w.dst[start:])
	}
	w.stops = w.col
}

// write adds text with sequences.
func (w *writer) write(s string) {
	for s != "" {
		switch c := s[0]; {
		case c == 0x1b:
			if n := w.pen.take(s); n > 0 {
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
func (w *writer) addTab() {
	if w.look.Tabs {
		w.dst = append(w.dst, '\t')
		w.col++
		w.gap = true
		return
	}
	stop := tabStop
	if w.limit < roomForTabs {
		stop = narrowStop
	}
	for n := stop - (w.col-w.stops)%stop; n > 0; n-- {
		w.add(" ", 1)
	}
}

// addWord adds a word of ASCII. No row ends in it if it fits.
func (w *writer) addWord(s string) {
	w.add(s[:1], 1)
	if s = s[1:]; s != "" && w.col+len(s) <= w.limit {
		w.dst = append(w.dst, s...)
		w.col += len(s)
		w.prev, w.solid = rune(s[len(s)-1]), w.here()
		return
	}
	for i := range len(s) {
		w.add(s[i:i+1], 1)
	}
}

// addClusters adds the clusters at the beginning of s, until it comes to ASCII
// again, and returns their length.
func (w *writer) addClusters(s string) int {
	n := 0
	for g := w.look.options().StringGraphemes(s); g.Next(); {
		cluster := g.Value()
		n += len(cluster)
		w.addCluster(cluster)
		if n < len(s) && s[n] < utf8.RuneSelf {
			break
		}
	}
	return n
}

func (w *writer) addCluster(cluster string) {
	if r, _ := utf8.DecodeRuneInString(cluster); unicode.IsControl(r) {
		return
	}
	cells := w.look.cells(cluster)
	if cells <= w.limit-w.hang {
		w.add(cluster, cells)
		return
	}
	for _, r := range cluster { // wider than a row
		c := string(r)
		w.add(c, w.look.cells(c))
	}
}

// add adds a cluster and folds the row before it if need be.
func (w *writer) add(cluster string, cells int) {
	r, _ := utf8.DecodeRuneInString(cluster)
	if cluster == " " {
		w.dst = append(w.dst, ' ')
		w.col++
		w.gap = true
		return
	}
	// Folded left of where the next one begins a row would grow by it, and folded
	// there win nothing.
	if w.solid.at > w.row && w.col > w.hang && w.mayBegin(r) {
		w.foldable, w.from, w.to = true, w.solid, w.here()
	}
	for w.col+cells > w.limit && w.col > w.hang {
		w.fold()
	}
	w.dst = append(w.dst, cluster...)
	w.col += cells
	w.prev, w.gap, w.solid = r, false, w.here()
}

// mayBegin reports whether a row may begin with r where the row is. After a space
// only ideographic signs cling: .gitignore and :-) are words.
func (w *writer) mayBegin(r rune) bool {
	if w.gap {
		return r < utf8.RuneSelf || !clings(r)
	}
	return breakable(w.prev, r) && !clings(r)
}

// fold moves what follows the last place where a row may end to a row of its
// own. If there was none the word is cut here.
func (w *writer) fold() {
	if !w.foldable {
		w.from, w.to = w.solid, w.here()
	}
	w.buf = w.joint(w.buf[:0], w.from.pen, w.to.pen)
	w.dst = slices.Replace(w.dst, w.from.at, w.to.at, w.buf...)
	w.begin(w.from.at+len(w.buf), w.col-w.to.col)
}

// newRow ends a row where the text does.
func (w *writer) newRow() {
	w.dst = w.joint(w.dst, w.trim(), w.pen)
	w.begin(len(w.dst), 0)
}

func (w *writer) finish() []byte {
	last := w.trim()
	return append(last.lift(w.dst), w.end...)
}

// trim drops spaces at the end of a row that do not fit, and returns the pen
// there.
func (w *writer) trim() pen {
	if w.col <= w.limit {
		return w.pen
	}
	w.dst = w.dst[:w.solid.at]
	return w.solid.pen
}

// joint appends the end of a row that was written with one pen and the beginning
// of the next with another.
func (w *writer) joint(dst []byte, from, to pen) []byte {
	dst = append(from.lift(dst), w.end...)
	if w.look.Plain {
		// A mark says nothing to who only hears it: the head says again whose
		// line it is.
		dst = append(dst, w.head...)
	} else {
		for range w.hang - markCells {
			dst = append(dst, ' ')
		}
		dst = append(dst, w.mark...)
	}
	return to.lower(dst)
}

// begin notes that a row begins at w.dst[at:], and has so many cells of text.
func (w *writer) begin(at, cells int) {
	w.row, w.col, w.stops = at, w.hang+cells, w.hang
	w.solid, w.gap, w.foldable = w.here(), false, false
}
