package terminal

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// search is ^R: someone looks for a line of the past by some of its words. The
// row that is being written waits meanwhile, and row is what is shown.
type search struct {
	row    row
	words  []byte
	at     int  // the line found, as an index into the history; its length if none
	failed bool // no line, or no older line, has the words
}

// maxWords bounds what is looked for, in bytes.
const maxWords = 200

// find finds the newest line that has the words, from the line at on, and where
// it has them.
func (s *search) find(h *history, at int) (line, begin int, ok bool) {
	words, lower := strings.ToLower(string(s.words)), h.inLower()
	for i := min(at, len(lower)-1); i >= 0; i-- {
		s.row.work += len(lower[i]) / bytesPerWork
		if n := strings.Index(lower[i], words); n >= 0 {
			return i, unlowered(h.lines[i].text, lower[i][:n]), true
		}
	}
	return 0, 0, false
}

// has reports whether what is shown has the words.
func (s *search) has(h *history) bool {
	words := strings.ToLower(string(s.words))
	return words == "" || s.at < len(h.lines) && strings.Contains(h.inLower()[s.at], words)
}

// unlowered is how many bytes of the line its beginning in lower case has: it
// has as many characters, but not always as many bytes.
func unlowered(line []byte, lower string) int {
	n := 0
	for range utf8.RuneCountInString(lower) {
		_, size := utf8.DecodeRune(line[n:])
		n += size
	}
	return n
}

// searching handles a key while a search goes on, and reports whether that is
// all that the key does.
func (t *Terminal) searching(k key) bool {
	t.view.stale = true
	s := t.search
	switch k.kind {
	case keySearch:
		if len(s.words) > 0 && !s.failed {
			t.look(s.at - 1)
		}
	case keyRune:
		if printable(k.r) && len(s.words)+utf8.RuneLen(k.r) <= maxWords {
			s.words = utf8.AppendRune(s.words, k.r)
			t.look(s.at)
		}
	case keyBackspace:
		s.words = s.words[:len(s.words)-lastCluster(s.words)]
		s.row.fill(t.row.piece)
		s.at, s.failed = len(t.history.lines), false
		if len(s.words) > 0 {
			t.look(s.at)
		}
	case keyInterrupt, keyCancel:
		t.endSearch()
	case keyEnter:
		if !s.has(&t.history) {
			return true // nobody looked for what is shown
		}
		t.found()
		return false
	default:
		t.found()
		return false
	}
	return true
}

// beginSearch shows the row as it is, until there are words.
func (t *Terminal) beginSearch() {
	s := t.searched
	if s == nil {
		s = new(search)
		t.searched = s
	}
	s.words, s.at, s.failed = s.words[:0], len(t.history.lines), false
	s.row.blocks = t.row.blocks
	t.search = s
	t.search.row.fill(t.row.piece)
	t.view.stale = true
}

// look goes to the newest line with the words from the line at on. If there is
// none, it stays where it is.
func (t *Terminal) look(at int) {
	s := t.search
	line, begin, ok := s.find(&t.history, at)
	s.failed = !ok
	if ok {
		s.at = line
		s.row.fill(t.history.line(line))
		s.row.goTo(begin)
	}
}

func (t *Terminal) endSearch() *search {
	s := t.search
	t.work += s.row.work
	s.row.work = 0
	t.search = nil
	return s
}

// found ends the search and takes what it found into the row.
func (t *Terminal) found() {
	s := t.endSearch()
	if s.at < len(t.history.lines) {
		t.history.goTo(s.at, t.row.piece)
		t.row.as(apart)
		t.row.set(s.row.piece)
		t.row.goTo(s.row.at)
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
	cells := w.sum(p)
	if cells > room/2 {
		p, cells = nil, 0
	}
	words := w.end(s.words, room-cells)
	return slices.Concat(p, words, []byte(colon))
}

// lastCluster is the size of the cluster that the text ends with.
func lastCluster(text []byte) int {
	n := 0
	for at := 0; at < len(text); at += n {
		n = nextCluster(text[at:])
	}
	return n
}
