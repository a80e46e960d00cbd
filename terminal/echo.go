package terminal

import (
	"bytes"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// echo is the row in plain mode: what is typed at its end goes out as it is
// typed, and whatever changes more begins a new line. The terminal is never told
// anything but text, CR LF, and "\b \b".
type echo struct {
	shown    []byte // of the row, at the end of the cursor's line
	next     []byte // the memory of another
	prompted bool   // the prompt stands before it
	again    bool   // what is shown next begins with the prompt
	entered  []byte // the lines that Enter has ended since the last Draw
}

// rewrites reports whether a key may change the row so much that to read it
// again is less trouble than to follow.
func (k keyKind) rewrites() bool {
	switch k {
	case keyUp, keyDown, keyUndo, keyInterrupt, keyDelete, keyDeleteOrEOF,
		keyKillToEnd, keyKillToStart, keyKillWordLeft, keyKillWordRight:
		return true
	}
	return false
}

// catchUp appends what makes the cursor's line show the scene.
func (e *echo) catchUp(dst []byte, v *view, s scene) []byte {
	next := e.next[:0]
	if s.search != nil {
		next = append(next, s.search.prompt(v.label, v.widths, v.columns/2)...)
	}
	next = v.show(next, s.row, s.row.text)
	table := displaywidth.Options(v.widths)
	switch {
	case bytes.Equal(next, e.shown):
	case !e.again && bytes.HasPrefix(next, e.shown) && parts(table, next, len(e.shown)):
		dst = append(dst, next[len(e.shown):]...)
	case !e.again && e.erases(next, v):
		for range v.widths.likely(e.shown[len(next):]) {
			dst = append(dst, "\b \b"...)
		}
	default:
		dst = e.leave(dst)
		if e.prompted = s.search == nil && len(next) > 0 && v.prompt != ""; e.prompted {
			dst = append(dst, v.prompt...)
		}
		dst = append(dst, next...)
	}
	e.shown, e.next, e.again = next, e.shown, false
	return dst
}

// erases reports whether backspaces make of what is shown what is to be shown
// next. They do not go back into a row that has wrapped.
func (e *echo) erases(next []byte, v *view) bool {
	return bytes.HasPrefix(e.shown, next) && v.widths.fits(e.shown, v.columns-1-v.promptWidth) &&
		parts(displaywidth.Options(v.widths), e.shown, len(next))
}

// parts reports whether a cluster of the text begins at a place in it, or the
// text ends there. It looks no further back than what begins there could depend on, but
// for long runs of flags.
func parts(table displaywidth.Options, text []byte, place int) bool {
	at := max(0, place-8*maxCluster)
	for at > 0 && at < place && !utf8.RuneStart(text[at]) {
		at++
	}
	for g := table.BytesGraphemes(text[at:min(len(text), place+8*maxCluster)]); at < place && g.Next(); {
		at += len(g.Value())
	}
	return at == place
}

// leave appends what brings the cursor to the beginning of a line of its own,
// where the row is shown again as soon as there is something in it.
func (e *echo) leave(dst []byte) []byte {
	if e.prompted || len(e.shown) > 0 {
		dst = append(dst, "\r\n"...)
	}
	e.shown, e.prompted, e.again = e.shown[:0], false, true
	return dst
}

// enter ends the line, whose row is about to be emptied. Of a flood of lines
// between two Draws it forgets those beyond the first few KB.
func (e *echo) enter(v *view, s scene) {
	if len(e.entered) < maxEntered {
		e.entered = append(e.catchUp(e.entered, v, s), "\r\n"...)
	}
	e.shown, e.prompted, e.again = e.shown[:0], false, false
	if cap(e.shown)+cap(e.next) > keepCap {
		e.shown, e.next = nil, nil
	}
}

const maxEntered = 4 << 10

// maxListed bounds a list of options in plain mode, in cells.
const maxListed = 1000

// drawPlainLocked is Draw in plain mode.
func (t *Terminal) drawPlainLocked(dst, lines []byte) []byte {
	e, s := t.echo, t.sceneLocked()
	dst = append(dst, e.entered...)
	e.entered = nil
	if len(lines) > 0 {
		dst = append(e.leave(dst), lines...)
	}
	if s.completion != nil && !s.completion.listed {
		s.completion.listed = true
		dst = s.completion.hint(e.leave(dst), t.view.widths, maxListed)
		dst = append(dst, "\r\n"...)
	}
	t.clear, t.view.stale, s.row.changed = false, false, false
	return e.catchUp(dst, &t.view, s)
}

// goPlainLocked takes the row off the screen and begins to echo.
func (t *Terminal) goPlainLocked(dst []byte) []byte {
	dst = append(t.wipeLocked(dst), pastesOff...)
	t.view.bytes, t.view.hint = nil, nil
	t.echo = &echo{again: true}
	return dst
}

// leavePlainLocked ends the line that was echoed, and has the row drawn anew.
func (t *Terminal) leavePlainLocked(dst []byte) []byte {
	dst = append(dst, t.echo.entered...)
	dst = append(t.echo.leave(dst), pastesOn...)
	t.echo = nil
	t.view.stale, t.clear = true, false
	t.view.drawn = t.view.columns
	return dst
}
