package terminal

import (
	"slices"
	"strings"
)

const (
	maxHistoryLines = 100
	maxHistoryBytes = 24 << 10 // the longest row, which may have been refused, and others
)

// history is the lines that were entered, the newest last. The zero value is
// empty.
//
// Someone may go back in it and forth again: at is the line shown, and the
// unfinished line waits in draft behind the newest. A change to a line of the
// past is forgotten as soon as another is shown.
type history struct {
	lines []string
	bytes int
	at    int
	draft string
}

// load records lines of earlier sessions, the oldest first, as far as a row of
// so many bytes may hold them.
func (h *history) load(lines []string, longest int) {
	for _, line := range lines {
		if line = message([]byte(line)); len(line) <= longest {
			h.add(line)
		}
	}
}

// add records a line that was entered, unless it is blank or the newest again,
// and comes back to the present. The oldest give way to it.
func (h *history) add(line string) {
	if !blank(line) && (len(h.lines) == 0 || h.lines[len(h.lines)-1] != line) {
		h.lines = append(h.lines, line)
		h.bytes += len(line)
	}
	n := 0
	for len(h.lines)-n > maxHistoryLines || h.bytes > maxHistoryBytes {
		h.bytes -= len(h.lines[n])
		n++
	}
	h.lines = slices.Delete(h.lines, 0, n)
	h.leave()
}

// leave comes back to the present, to an empty line.
func (h *history) leave() {
	h.at, h.draft = len(h.lines), ""
}

// putBack shows the newest line, if it is this one, since that is in the row again.
func (h *history) putBack(line string) {
	if n := len(h.lines); n > 0 && h.lines[n-1] == line {
		h.at, h.draft = n-1, ""
	}
}

// older goes back by one line. current is the line shown now, which is kept if
// it is the unfinished one.
func (h *history) older(current []byte) (string, bool) {
	if h.at == 0 {
		return "", false
	}
	if h.at == len(h.lines) {
		h.draft = string(current)
	}
	h.at--
	return h.lines[h.at], true
}

// goTo shows the line at. current is the line shown now.
func (h *history) goTo(at int, current []byte) {
	if h.at == len(h.lines) {
		h.draft = string(current)
	}
	h.at = at
}

// newer goes forward by one line, and from the newest to the unfinished one.
func (h *history) newer() (string, bool) {
	if h.at == len(h.lines) {
		return "", false
	}
	h.at++
	if h.at < len(h.lines) {
		return h.lines[h.at], true
	}
	return h.draft, true
}

func blank(line string) bool {
	for _, r := range line {
		if !strings.ContainsRune(" \u3000\n\t", r) {
			return false
		}
	}
	return true
}
