package terminal

import (
	"slices"
	"strings"
)

const (
	maxHistoryLines = 100
	maxHistoryBytes = 24 << 10 // room for the longest row, which may have been refused, and others
)

// A history holds the messages that were entered, the newest last. The zero value is empty.
//
// The user may move back and forth in it: index is the line on the screen, and draft keeps the
// unfinished line, which comes after the newest. A change to an earlier line is forgotten when
// another one is shown.
type history struct {
	lines []clusteredText // sizes is nil until the line is shown
	bytes int
	index int
	draft clusteredText

	lowerLines []string // the lines in lower case, from the first search on
}

// load adds the lines of earlier sessions, the oldest first, that are at most longest bytes long.
func (h *history) load(lines []string, longest int) {
	for _, line := range lines {
		if line = cleanMessage([]byte(line)); len(line) <= longest {
			h.add(line)
		}
	}
}

// add adds a line that was entered, unless it is blank or equal to the newest, and returns to the
// present. If there are too many, the oldest lines are dropped.
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

// reset returns to the present, with an empty draft.
func (h *history) reset() {
	h.index, h.draft = len(h.lines), clusteredText{}
}

// putBack marks the newest line as the one on the screen, if it is line.
func (h *history) putBack(line string) {
	if h.isNewest(line) {
		h.index, h.draft = len(h.lines)-1, clusteredText{}
	}
}

// isNewest reports whether line is the newest line.
func (h *history) isNewest(line string) bool {
	n := len(h.lines)
	return n > 0 && string(h.lines[n-1].text) == line
}

// line returns the line i. It is split into clusters when it is first shown.
func (h *history) line(i int) clusteredText {
	if h.lines[i].sizes == nil {
		h.lines[i] = splitClusters(h.lines[i].text)
	}
	return h.lines[i]
}

// lowerCased returns the lines in lower case.
func (h *history) lowerCased() []string {
	if h.lowerLines == nil {
		for _, line := range h.lines {
			h.lowerLines = append(h.lowerLines, strings.ToLower(string(line.text)))
		}
	}
	return h.lowerLines
}

// older goes back by one line. Current is the line on the screen, which is kept if it is the
// unfinished one.
func (h *history) older(current clusteredText) (clusteredText, bool) {
	if h.index == 0 {
		return clusteredText{}, false
	}
	h.goTo(h.index-1, current)
	return h.line(h.index), true
}

// goTo makes line at the one on the screen. Current is the line on the screen before that.
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
