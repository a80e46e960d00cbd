package terminal

import "strconv"

// A display is what the terminal shows of the row: drawn in place, or echoed in plain mode. Each
// method appends to dst what is to be written.
type display struct {
	view  view
	echo  *echoView // nil unless the screen is in plain mode
	work  int       // of drawing; see Terminal.Work
	plain bool      // the host wants plain mode
	open  bool      // the row is on the screen, or what a resize left of it
	clear bool      // ^L: clear the screen at the next draw
}

// These turn bracketed paste on and off.
const (
	pastesOn  = "\x1b[?2004h"
	pastesOff = "\x1b[?2004l"
)

// bytesDrawn is how many bytes can be drawn and sent in the time that it takes to find one
// cluster.
const bytesDrawn = 8

// startLine has the echoed row begin on a new line. It does nothing outside of plain mode.
func (d *display) startLine() {
	if d.echo != nil {
		d.echo.startLine = true
	}
}

// openRow is [Terminal.Open].
func (d *display) openRow(dst, lines []byte, now scene) []byte {
	d.open = true
	if d.plain {
		d.echo = new(echoView)
		return d.drawEcho(dst, lines, now)
	}
	dst = append(dst, pastesOn...)
	dst = append(dst, lines...)
	return d.view.draw(dst, now)
}

// drawRow is [Terminal.Draw].
func (d *display) drawRow(dst, lines []byte, now scene) []byte {
	if !d.open {
		return append(dst, lines...)
	}
	before := len(dst) + len(lines)
	dst = d.update(dst, lines, now)
	d.work += (len(dst) - before) / bytesDrawn
	return dst
}

func (d *display) update(dst, lines []byte, now scene) []byte {
	switch {
	case d.plain:
		if d.echo == nil {
			dst = d.enterPlain(dst)
		}
		return d.drawEcho(dst, lines, now)
	case d.echo != nil:
		dst = append(d.leavePlain(dst), lines...)
		return d.view.draw(dst, now)
	}
	outdated := d.view.outdated(now)
	if len(lines) == 0 && !d.clear && !outdated {
		return dst
	}
	hints := now.completion != nil || len(d.view.hint) > 0
	if d.clear || d.view.resized() || len(lines) > 0 || hints {
		dst = d.erase(dst)
		dst = append(dst, lines...)
	}
	return d.view.draw(dst, now)
}

// closeRow is [Terminal.Close].
func (d *display) closeRow(dst, lines []byte) []byte {
	if !d.open {
		return append(dst, lines...)
	}
	d.open = false
	if d.echo != nil {
		dst = append(dst, d.echo.enteredLines...)
		dst = d.echo.endLine(dst)
		d.echo = nil
		return append(dst, lines...)
	}
	dst = append(d.erase(dst), lines...)
	return append(dst, pastesOff...)
}

// drawEcho is drawRow in plain mode.
func (d *display) drawEcho(dst, lines []byte, now scene) []byte {
	e := d.echo
	dst = append(dst, e.enteredLines...)
	e.enteredLines = nil
	if len(lines) > 0 {
		dst = append(e.endLine(dst), lines...)
	}
	if now.completion != nil && !now.completion.listed {
		now.completion.listed = true
		dst = now.completion.hint(e.endLine(dst), d.view.widths, maxListedCells)
		dst = append(dst, "\r\n"...)
	}
	d.clear, d.view.stale, now.row.changed = false, false, false
	return e.render(dst, &d.view, now)
}

// enterPlain erases the row and starts to echo.
func (d *display) enterPlain(dst []byte) []byte {
	dst = append(d.erase(dst), pastesOff...)
	d.view.bytes, d.view.hint = nil, nil
	d.echo = &echoView{startLine: true}
	return dst
}

// leavePlain ends the echoed line; the row will be drawn anew.
func (d *display) leavePlain(dst []byte) []byte {
	dst = append(dst, d.echo.enteredLines...)
	dst = append(d.echo.endLine(dst), pastesOn...)
	d.echo = nil
	d.view.stale, d.clear = true, false
	d.view.drawnColumns = d.view.columns
	return dst
}

// erase erases the row and leaves the cursor where it began.
func (d *display) erase(dst []byte) []byte {
	switch {
	case d.clear:
		d.clear = false
		return append(dst, "\x1b[H\x1b[2J"...)
	case d.view.resized(), len(d.view.hint) > 0:
		dst = append(dst, '\r')
		d.work += len(d.view.bytes) / 2 // each cluster is measured
		if up := d.view.rowsAbove(); up > 0 {
			dst = append(dst, "\x1b["...)
			dst = strconv.AppendInt(dst, int64(up), 10)
			dst = append(dst, 'A')
		}
		return append(dst, "\x1b[J"...)
	default:
		return append(dst, "\r\x1b[K"...)
	}
}
