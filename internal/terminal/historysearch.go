package terminal

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A search is the state after ^R: the user looks for an earlier line by some of its words. Row is
// what the screen shows meanwhile; the row being written waits.
type search struct {
	row       row
	query     []byte
	lineIndex int  // index of the line found in the history; len(lines) if none
	failed    bool // no line, or no older one, has the words
}

// maxQueryBytes is the greatest length of a query in bytes.
const maxQueryBytes = 200

// find returns the newest line with the words, from line at on backwards, and where the words
// begin in it.
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

// matches reports whether the line on the screen has the words.
func (s *search) matches(h *history) bool {
	words := strings.ToLower(string(s.query))
	return words == "" || s.lineIndex < len(h.lines) && strings.Contains(h.lowerCased()[s.lineIndex], words)
}

// originalLen returns how many bytes of line the lower-cased beginning stands for. Both have the
// same number of characters, but not always of bytes.
func originalLen(line []byte, lower string) int {
	n := 0
	for range utf8.RuneCountInString(lower) {
		_, size := utf8.DecodeRune(line[n:])
		n += size
	}
	return n
}

// handleSearchKey handles a key during a search. It reports whether the key is done with.
func (e *editor) handleSearchKey(k key) bool {
	e.display.view.stale = true
	s := e.search
	switch k.kind {
	case keySearch:
		if len(s.query) > 0 && !s.failed {
			s.searchFrom(&e.history, s.lineIndex-1)
		}
	case keyRune:
		if printable(k.r) && len(s.query)+utf8.RuneLen(k.r) <= maxQueryBytes {
			s.query = utf8.AppendRune(s.query, k.r)
			s.searchFrom(&e.history, s.lineIndex)
		}
	case keyBackspace:
		s.query = s.query[:len(s.query)-lastClusterLen(s.query)]
		s.row.fill(e.row.clusteredText)
		s.lineIndex, s.failed = len(e.history.lines), false
		if len(s.query) > 0 {
			s.searchFrom(&e.history, s.lineIndex)
		}
	case keyInterrupt, keyCancel:
		e.endSearch()
	case keyEnter:
		if !s.matches(&e.history) {
			return true // nobody searched for what is shown
		}
		e.acceptSearch()
		return false
	default:
		e.acceptSearch()
		return false
	}
	return true
}

// beginSearch shows the row unchanged until there are words to search for.
func (e *editor) beginSearch() {
	s := e.lastSearch
	if s == nil {
		s = new(search)
		e.lastSearch = s
	}
	s.query, s.lineIndex, s.failed = s.query[:0], len(e.history.lines), false
	s.row.blocks = e.row.blocks
	e.search = s
	e.search.row.fill(e.row.clusteredText)
	e.display.view.stale = true
}

// searchFrom goes to the newest line with the words, from line at on backwards. If there is none,
// it stays where it is.
func (s *search) searchFrom(h *history, at int) {
	line, begin, ok := s.find(h, at)
	s.failed = !ok
	if ok {
		s.lineIndex = line
		s.row.fill(h.line(line))
		s.row.moveToByte(begin)
	}
}

func (e *editor) endSearch() *search {
	s := e.search
	e.row.work += s.row.work
	s.row.work = 0
	e.search = nil
	return s
}

// acceptSearch ends the search and takes the line found into the row.
func (e *editor) acceptSearch() {
	s := e.endSearch()
	if s.lineIndex < len(e.history.lines) {
		e.history.goTo(s.lineIndex, e.row.clusteredText)
		e.row.beginEdit(editSeparate)
		e.row.set(s.row.clusteredText)
		e.row.moveToByte(s.row.cursorByte)
	}
}

// prompt returns what the screen shows before the line found, in at most room cells: the end of
// the words if they do not fit, and no label if there is little room.
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

// lastClusterLen returns the length of text's last cluster.
func lastClusterLen(text []byte) int {
	n := 0
	for at := 0; at < len(text); at += n {
		n = nextClusterLen(text[at:])
	}
	return n
}
