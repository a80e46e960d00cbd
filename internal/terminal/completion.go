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
func (e *editor) complete(by int) Action {
	if e.completeFunc == nil {
		return Action{}
	}
	if c := e.completion; c != nil {
		return e.choose(by)
	}
	if by < 0 {
		return Action{}
	}
	e.row.newStep = true
	from, options := e.completionOptions()
	switch len(options) {
	case 0:
		return Action{}
	case 1:
		return e.replace(from, options[0])
	}
	e.completion = &completion{options: options, from: from, end: e.row.cursorByte, chosen: -1}
	for _, option := range options {
		e.completion.cells = append(e.completion.cells, e.display.view.widths.totalCells([]byte(strings.TrimRight(option, " "))))
	}
	e.display.view.stale = true
	if prefix := commonPrefix(options); len(prefix) > e.row.cursorByte-from {
		return e.replace(from, prefix)
	}
	return e.choose(by)
}

// completionOptions asks the host for options. It does not trust the answer: it drops options
// that the row could not hold, and all of them if from is not the beginning of a cluster.
func (e *editor) completionOptions() (from int, options []string) {
	line, at := e.row.completionText(), e.row.cursorByte
	e.callHost(func() { from, options = e.completeFunc(line, at) })
	if !e.row.isClusterStart(from) {
		return 0, nil
	}
	var fit []string
	for _, option := range options {
		e.row.work += len(option) / 4 // they are split and measured
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
func (e *editor) choose(by int) Action {
	c := e.completion
	n := len(c.options)
	i := c.chosen + by
	if c.chosen < 0 && by < 0 {
		i = n - 1
	}
	i = (i + n) % n
	a := e.replace(c.from, c.options[i])
	if a.Kind == 0 && e.completion != nil {
		c.chosen = i
	}
	e.display.view.stale = true
	return a
}

// replace replaces the text between from and the cursor by an option. Text behind the cursor does
// not combine with the option until that is accepted, so that another can still replace it.
func (e *editor) replace(from int, option string) Action {
	r := &e.row
	if e.completion != nil && r.cursorByte != e.completion.end || !r.isClusterStart(from) {
		e.accept()
		return Action{}
	}
	if r.messageLen()-(r.cursorByte-from)+len(option) > e.maxRow {
		return Action{Kind: Full}
	}
	r.replaceBefore(from, []byte(option))
	if e.completion != nil {
		e.completion.end = r.cursorByte
	}
	return Action{}
}

// accept ends the completion and keeps what is in the row.
func (e *editor) accept() {
	if e.completion != nil {
		e.completion = nil
		e.display.view.stale = true
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
