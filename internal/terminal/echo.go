package terminal

import (
	"bytes"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// echoView is the row in plain mode: what is typed at its end goes out as it is
// typed, and whatever changes more begins a new line. The terminal is never told
// anything but text, CR LF, and "\b \b".
type echoView struct {
	shown        []byte // of the row, at the end of the cursor's line
	spare        []byte // the memory of another
	promptShown  bool   // the prompt stands before it
	startLine    bool   // what is shown next begins with the prompt
	enteredLines []byte // the lines that Enter has ended since the last Draw
}

// rewritesLine reports whether a key may change the row so much that to read it
// again is less trouble than to follow.
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

// canBackspace reports whether backspaces make of what is shown what is to be shown
// next. They do not go back into a row that has wrapped.
func (e *echoView) canBackspace(next []byte, v *view) bool {
	return bytes.HasPrefix(e.shown, next) && v.widths.fits(e.shown, v.columns-1-v.promptWidth) &&
		isClusterBoundary(displaywidth.Options(v.widths), e.shown, len(next))
}

// isClusterBoundary reports whether a cluster of the text begins at a place in it, or the
// text ends there. It looks no further back than what begins there could depend on, but
// for long runs of flags.
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

// endLine appends what brings the cursor to the beginning of a line of its own,
// where the row is shown again as soon as there is something in it.
func (e *echoView) endLine(dst []byte) []byte {
	if e.promptShown || len(e.shown) > 0 {
		dst = append(dst, "\r\n"...)
	}
	e.shown, e.promptShown, e.startLine = e.shown[:0], false, true
	return dst
}

// enterLine ends the line, whose row is about to be emptied. Of a flood of lines
// between two Draws it forgets those beyond the first few KB.
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

// maxListedCells bounds a list of options in plain mode, in cells.
const maxListedCells = 1000

// drawPlainLocked is Draw in plain mode.
func (t *Terminal) drawPlainLocked(dst, lines []byte) []byte {
	e, s := t.echo, t.sceneLocked()
	dst = append(dst, e.enteredLines...)
	e.enteredLines = nil
	if len(lines) > 0 {
		dst = append(e.endLine(dst), lines...)
	}
	if s.completion != nil && !s.completion.listed {
		s.completion.listed = true
		dst = s.completion.hint(e.endLine(dst), t.view.widths, maxListedCells)
		dst = append(dst, "\r\n"...)
	}
	t.clear, t.view.stale, s.row.changed = false, false, false
	return e.render(dst, &t.view, s)
}

// enterPlainLocked takes the row off the screen and begins to echo.
func (t *Terminal) enterPlainLocked(dst []byte) []byte {
	dst = append(t.eraseLocked(dst), pastesOff...)
	t.view.bytes, t.view.hint = nil, nil
	t.echo = &echoView{startLine: true}
	return dst
}

// leavePlainLocked ends the line that was echoed, and has the row drawn anew.
func (t *Terminal) leavePlainLocked(dst []byte) []byte {
	dst = append(dst, t.echo.enteredLines...)
	dst = append(t.echo.endLine(dst), pastesOn...)
	t.echo = nil
	t.view.stale, t.clear = true, false
	t.view.drawnColumns = t.view.columns
	return dst
}
