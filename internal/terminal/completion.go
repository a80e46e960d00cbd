package terminal

import (
	"bytes"
	"slices"
	"strings"
)

// A completion is the state after Tab found several options for the text before the cursor, while
// the user goes through them.
type completion struct {
	options []string
	cells   []int // their widths in the hint
	from    int   // where an option begins in the text, in bytes
	end     int   // where it ends, which is the cursor's place
	chosen  int   // the option that is in the row, or -1
	listed  bool  // the options have been listed, in plain mode
}

const (
	maxOptions     = 64
	maxOptionBytes = 256
)

// complete handles Tab, or Shift-Tab if by is -1.
func (t *Terminal) complete(by int) Action {
	if t.completeFunc == nil {
		return Action{}
	}
	if c := t.completion; c != nil {
		return t.choose(by)
	}
	if by < 0 {
		return Action{}
	}
	t.row.newStep = true
	from, options := t.completionOptions()
	switch len(options) {
	case 0:
		return Action{}
	case 1:
		return t.replace(from, options[0])
	}
	t.completion = &completion{options: options, from: from, end: t.row.cursorByte, chosen: -1}
	for _, option := range options {
		t.completion.cells = append(t.completion.cells, t.display.view.widths.totalCells([]byte(strings.TrimRight(option, " "))))
	}
	t.display.view.stale = true
	if prefix := commonPrefix(options); len(prefix) > t.row.cursorByte-from {
		return t.replace(from, prefix)
	}
	return t.choose(by)
}

// completionOptions asks the host for options. It does not trust the answer: it drops options
// that the row could not hold, and all of them if from is not the beginning of a cluster.
func (t *Terminal) completionOptions() (from int, options []string) {
	line, at := t.row.completionText(), t.row.cursorByte
	t.callUnlocked(func() { from, options = t.completeFunc(line, at) })
	if !t.row.isClusterStart(from) {
		return 0, nil
	}
	var fit []string
	for _, option := range options {
		t.row.work += len(option) / 4 // they are split and measured
		option = string(trimClusters([]byte(printableOnly(option))))
		if option != "" && len(option) <= maxOptionBytes {
			fit = append(fit, option)
		}
		if len(fit) == maxOptions {
			break
		}
	}
	return from, fit
}

// choose puts in the option that is by places further on, going round at the ends.
func (t *Terminal) choose(by int) Action {
	c := t.completion
	n := len(c.options)
	i := c.chosen + by
	if c.chosen < 0 && by < 0 {
		i = n - 1
	}
	i = (i + n) % n
	a := t.replace(c.from, c.options[i])
	if a.Kind == 0 && t.completion != nil {
		c.chosen = i
	}
	t.display.view.stale = true
	return a
}

// replace replaces the text between from and the cursor by an option. Text behind the cursor does
// not combine with the option until that is accepted, so that another can still replace it.
func (t *Terminal) replace(from int, option string) Action {
	r := &t.row
	if t.completion != nil && r.cursorByte != t.completion.end || !r.isClusterStart(from) {
		t.accept()
		return Action{}
	}
	if r.messageLen()-(r.cursorByte-from)+len(option) > t.maxRow {
		return Action{Kind: Full}
	}
	r.replaceBefore(from, []byte(option))
	if t.completion != nil {
		t.completion.end = r.cursorByte
	}
	return Action{}
}

// accept ends the completion and keeps what is in the row.
func (t *Terminal) accept() {
	if t.completion != nil {
		t.completion = nil
		t.display.view.stale = true
	}
}

// commonPrefix returns the longest common beginning of all options, in whole clusters.
func commonPrefix(options []string) string {
	shared := options[0]
	n := 0
	for n < len(shared) {
		next := n + nextClusterLen([]byte(shared[n:]))
		if slices.ContainsFunc(options, func(o string) bool { return !strings.HasPrefix(o, shared[:next]) }) {
			break
		}
		n = next
	}
	return shared[:n]
}

// hint appends a list of options that is at most room cells wide, with the chosen one in brackets
// and as many of its neighbours as fit.
func (c *completion) hint(dst []byte, w widths, room int) []byte {
	begin := len(dst)
	left := room
	for i, option := range c.options {
		text, cells := bytes.TrimRight([]byte(option), " "), c.cells[i]
		if i == c.chosen {
			text = slices.Concat([]byte("["), text, []byte("]"))
			cells += len("[]")
		}
		if len(dst) > begin {
			cells += len(hintSeparator)
		}
		switch {
		case cells <= left && len(dst) > begin:
			dst = append(dst, hintSeparator...)
		case cells > left && i > c.chosen && len(dst) > begin:
			return dst
		case cells > left: // begin the list anew here: the chosen option comes later
			dst, left = dst[:begin], room
			text = w.truncate(text, room)
			cells = w.totalCells(text)
		}
		dst = append(dst, text...)
		left -= cells
	}
	return dst
}

// hintSeparator separates the options of a hint.
const hintSeparator = "  "
