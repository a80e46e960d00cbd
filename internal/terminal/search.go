package terminal

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// search is ^R: someone looks for a line of the past by some of its words. The
// row that is being written waits meanwhile, and row is what is shown.
type search struct {
	row       row
	query     []byte
	lineIndex int  // the line found, as an index into the history; its length if none
	failed    bool // no line, or no older line, has the words
}

// maxQueryBytes bounds what is looked for, in bytes.
const maxQueryBytes = 200

// find finds the newest line that has the words, from the line at on, and where
// it has them.
func (s *search) find(h *history, at int) (line, begin int, ok bool) {
	words, lower := strings.ToLower(string(s.query)), h.lowerCased()
	for i := min(at, len(lower)-1); i >= 0; i-- {
		s.row.work += len(lower[i]) / bytesPerWork
		if n := strings.Index(lower[i], words); n >= 0 {
			return i, originalLen(h.lines[i].text, lower[i][:n]), true
		}
	}
	return 0, 0, false
}

// matches reports whether what is shown has the words.
func (s *search) matches(h *history) bool {
	words := strings.ToLower(string(s.query))
	return words == "" || s.lineIndex < len(h.lines) && strings.Contains(h.lowerCased()[s.lineIndex], words)
}

// originalLen is how many bytes of the line its beginning in lower case has: it
// has as many characters, but not always as many bytes.
func originalLen(line []byte, lower string) int {
	n := 0
	for range utf8.RuneCountInString(lower) {
		_, size := utf8.DecodeRune(line[n:])
		n += size
	}
	return n
}

// handleSearchKey handles a key while a search goes on, and reports whether that is
// all that the key does.
func (t *Terminal) handleSearchKey(k key) bool {
	t.view.stale = true
	s := t.search
	switch k.kind {
	case keySearch:
		if len(s.query) > 0 && !s.failed {
			t.searchFrom(s.lineIndex - 1)
		}
	case keyRune:
		if printable(k.r) && len(s.query)+utf8.RuneLen(k.r) <= maxQueryBytes {
			s.query = utf8.AppendRune(s.query, k.r)
			t.searchFrom(s.lineIndex)
		}
	case keyBackspace:
		s.query = s.query[:len(s.query)-lastClusterLen(s.query)]
		s.row.fill(t.row.clusteredText)
		s.lineIndex, s.failed = len(t.history.lines), false
		if len(s.query) > 0 {
			t.searchFrom(s.lineIndex)
		}
	case keyInterrupt, keyCancel:
		t.endSearch()
	case keyEnter:
		if !s.matches(&t.history) {
			return true // nobody looked for what is shown
		}
		t.acceptSearch()
		return false
	default:
		t.acceptSearch()
		return false
	}
	return true
}

// beginSearch shows the row as it is, until there are words.
func (t *Terminal) beginSearch() {
	s := t.lastSearch
	if s == nil {
		s = new(search)
		t.lastSearch = s
	}
	s.query, s.lineIndex, s.failed = s.query[:0], len(t.history.lines), false
	s.row.blocks = t.row.blocks
	t.search = s
	t.search.row.fill(t.row.clusteredText)
	t.view.stale = true
}

// searchFrom goes to the newest line with the words from the line at on. If there is
// none, it stays where it is.
func (t *Terminal) searchFrom(at int) {
	s := t.search
	line, begin, ok := s.find(&t.history, at)
	s.failed = !ok
	if ok {
		s.lineIndex = line
		s.row.fill(t.history.line(line))
		s.row.moveToByte(begin)
	}
}

func (t *Terminal) endSearch() *search {
	s := t.search
	t.work += s.row.work
	s.row.work = 0
	t.search = nil
	return s
}

// acceptSearch ends the search and takes what it found into the row.
func (t *Terminal) acceptSearch() {
	s := t.endSearch()
	if s.lineIndex < len(t.history.lines) {
		t.history.goTo(s.lineIndex, t.row.clusteredText)
		t.row.beginEdit(editSeparate)
		t.row.set(s.row.clusteredText)
		t.row.moveToByte(s.row.cursorByte)
	}
}

// prompt is what stands before the line found, in so many cells: the newest of
// the words if there is no room for all of them, and no label if there is little.
func (s *search) prompt(label string, w widths, room int) []byte {
	const colon = ": "
	if s.failed {
		label += "?"
	}
	room -= len(colon)
	p := []byte("(" + label + ") ")
	cells := w.totalCells(p)
	if cells > room/2 {
		p, cells = nil, 0
	}
	words := w.truncateLeft(s.query, room-cells)
	return slices.Concat(p, words, []byte(colon))
}

// lastClusterLen is the size of the cluster that the text ends with.
func lastClusterLen(text []byte) int {
	n := 0
	for at := 0; at < len(text); at += n {
		n = nextClusterLen(text[at:])
	}
	return n
}
