package terminal

import (
	"bytes"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// An echoView shows the row in plain mode: text typed at the end is echoed, and any other change
// begins a new line. The terminal receives nothing but text, CR LF, and "\b \b".
type echoView struct {
	shown        []byte // what the cursor's line shows of the row
	spare        []byte // memory for the next one
	promptShown  bool   // the prompt stands before it
	startLine    bool   // the next change begins a new line with the prompt
	enteredLines []byte // lines that Enter has ended since the last Draw
}

// rewritesLine reports whether a key may change the row so much that reading it again is easier
// than following the change.
func (k keyKind) rewritesLine() bool {
	switch k {
	case keyUp, keyDown, keyUndo, keyInterrupt, keyDelete, keyDeleteOrEOF,
		keyKillToEnd, keyKillToStart, keyKillWordLeft, keyKillWordRight:
		return true
	}
	return false
}

// render appends what makes the cursor's line show the scene.
func (e *echoView) render(dst []byte, v *view, s scene) []byte {
	next := e.spare[:0]
	if s.search != nil {
		next = append(next, s.search.prompt(v.searchLabel, v.widths, v.columns/2)...)
	}
	next = v.appendText(next, s.row, s.row.text)
	table := displaywidth.Options(v.widths)
	switch {
	case bytes.Equal(next, e.shown):
	case !e.startLine && bytes.HasPrefix(next, e.shown) && isClusterBoundary(table, next, len(e.shown)):
		dst = append(dst, next[len(e.shown):]...)
	case !e.startLine && e.canBackspace(next, v):
		for range v.widths.likelyCells(e.shown[len(next):]) {
			dst = append(dst, "\b \b"...)
		}
	default:
		dst = e.endLine(dst)
		if e.promptShown = s.search == nil && len(next) > 0 && v.prompt != ""; e.promptShown {
			dst = append(dst, v.prompt...)
		}
		dst = append(dst, next...)
	}
	e.shown, e.spare, e.startLine = next, e.shown, false
	return dst
}

// canBackspace reports whether backspaces turn what is shown into next. They do not work in a row
// that has wrapped.
func (e *echoView) canBackspace(next []byte, v *view) bool {
	return bytes.HasPrefix(e.shown, next) && v.widths.fits(e.shown, v.columns-1-v.promptWidth) &&
		isClusterBoundary(displaywidth.Options(v.widths), e.shown, len(next))
}

// isClusterBoundary reports whether a cluster of text begins at place, or the text ends there. It
// looks back only as far as that can matter, except in long runs of flags.
func isClusterBoundary(table displaywidth.Options, text []byte, place int) bool {
	at := max(0, place-8*maxCluster)
	for at > 0 && at < place && !utf8.RuneStart(text[at]) {
		at++
	}
	for g := table.BytesGraphemes(text[at:min(len(text), place+8*maxCluster)]); at < place && g.Next(); {
		at += len(g.Value())
	}
	return at == place
}

// endLine moves the cursor to a line of its own, where the row appears again as soon as it has
// any text.
func (e *echoView) endLine(dst []byte) []byte {
	if e.promptShown || len(e.shown) > 0 {
		dst = append(dst, "\r\n"...)
	}
	e.shown, e.promptShown, e.startLine = e.shown[:0], false, true
	return dst
}

// enterLine ends the line when the row is about to be emptied. It drops lines beyond the first
// few KB between two Draws.
func (e *echoView) enterLine(v *view, s scene) {
	if len(e.enteredLines) < maxEnteredBytes {
		e.enteredLines = append(e.render(e.enteredLines, v, s), "\r\n"...)
	}
	e.shown, e.promptShown, e.startLine = e.shown[:0], false, false
	if cap(e.shown)+cap(e.spare) > maxKeptCap {
		e.shown, e.spare = nil, nil
	}
}

const maxEnteredBytes = 4 << 10

// maxListedCells is the greatest width of a list of options in plain mode.
const maxListedCells = 1000
