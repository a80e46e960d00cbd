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
	lines []clusteredText // whose sizes are nil until they are shown
	bytes int
	index int
	draft clusteredText

	lowerLines []string // the lines in lower case, once they are searched
}

// load records lines of earlier sessions, the oldest first, as far as a row of
// so many bytes may hold them.
func (h *history) load(lines []string, longest int) {
	for _, line := range lines {
		if line = cleanMessage([]byte(line)); len(line) <= longest {
			h.add(line)
		}
	}
}

// add records a line that was entered, unless it is blank or the newest again,
// and comes back to the present. The oldest give way to it.
func (h *history) add(line string) {
	if !blank(line) && !h.isNewest(line) {
		h.lines = append(h.lines, clusteredText{text: []byte(line)})
		h.lowerLines = nil
		h.bytes += len(line)
	}
	n := 0
	for len(h.lines)-n > maxHistoryLines || h.bytes > maxHistoryBytes {
		h.bytes -= len(h.lines[n].text)
		n++
	}
	h.lines = slices.Delete(h.lines, 0, n)
	h.reset()
}

// reset comes back to the present, to an empty line.
func (h *history) reset() {
	h.index, h.draft = len(h.lines), clusteredText{}
}

// putBack shows the newest line, if it is this one, since that is in the row again.
func (h *history) putBack(line string) {
	if h.isNewest(line) {
		h.index, h.draft = len(h.lines)-1, clusteredText{}
	}
}

// isNewest reports whether this is the newest line.
func (h *history) isNewest(line string) bool {
	n := len(h.lines)
	return n > 0 && string(h.lines[n-1].text) == line
}

// line is one of the lines. It is cut up when it is shown for the first time.
func (h *history) line(i int) clusteredText {
	if h.lines[i].sizes == nil {
		h.lines[i] = splitClusters(h.lines[i].text)
	}
	return h.lines[i]
}

// lowerCased are the lines in lower case.
func (h *history) lowerCased() []string {
	if h.lowerLines == nil {
		for _, line := range h.lines {
			h.lowerLines = append(h.lowerLines, strings.ToLower(string(line.text)))
		}
	}
	return h.lowerLines
}

// older goes back by one line. current is the line shown now, which is kept if
// it is the unfinished one.
func (h *history) older(current clusteredText) (clusteredText, bool) {
	if h.index == 0 {
		return clusteredText{}, false
	}
	h.goTo(h.index-1, current)
	return h.line(h.index), true
}

// moveToByte shows the line at. current is the line shown now.
func (h *history) goTo(at int, current clusteredText) {
	if h.index == len(h.lines) {
		h.draft.text = append(h.draft.text[:0], current.text...)
		h.draft.sizes = append(h.draft.sizes[:0], current.sizes...)
	}
	h.index = at
}

// newer goes forward by one line, and from the newest to the unfinished one.
func (h *history) newer() (clusteredText, bool) {
	if h.index == len(h.lines) {
		return clusteredText{}, false
	}
	h.index++
	if h.index < len(h.lines) {
		return h.line(h.index), true
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
