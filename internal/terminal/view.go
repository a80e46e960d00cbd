package terminal

import (
	"bytes"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// A view decides how the row looks on the screen: which part of it is visible, and the bytes that
// draw it.
type view struct {
	columns int // of the window, as last reported
	widths  widths

	prompt      string
	promptWidth int
	searchLabel string // of a search

	bytes        []byte // the row as last drawn
	hint         []byte // the line above it as last drawn
	stale        bool   // something other than the row and the window has changed since
	drawnColumns int    // the columns that it was drawn for
	cursor       int    // index of the cursor in bytes
}

// A scene is what a view shows.
type scene struct {
	row        *row
	search     *search     // nil if there is none
	completion *completion // nil if there is none
	size       string      // of a long message, see row.sizeHint
}

func newView(prompt string, columns int, eastAsian bool) view {
	v := view{columns: clampWidth(columns)}
	v.widths.EastAsianWidth = eastAsian
	v.setPrompt(prompt)
	return v
}

// setPrompt changes the prompt, without characters that are not printable.
func (v *view) setPrompt(prompt string) {
	prompt = printableOnly(prompt)
	if prompt == v.prompt {
		return
	}
	v.prompt, v.promptWidth = prompt, v.widths.totalCells([]byte(prompt))
	v.stale = true
}

// resized reports whether the window has changed since the row was drawn.
func (v *view) resized() bool { return v.columns != v.drawnColumns }

// outdated reports whether the row must be drawn again.
func (v *view) outdated(s scene) bool { return s.row.changed || v.stale || v.resized() }

// rowsAbove returns how many rows the cursor is below the beginning of what was drawn, which a
// narrower window may have wrapped.
func (v *view) rowsAbove() int {
	up := v.wrappedRows(v.bytes[len("\r"):v.cursor], v.bytes[v.cursor+len("\x1b7"):])
	if len(v.hint) > 0 {
		up += 1 + v.wrappedRows(v.hint, nil)
	}
	return up
}

// wrappedRows returns how many rows below its beginning a line's position between two texts is,
// in a terminal that wraps what does not fit. The position moves with the character behind it,
// and stays at the end if there is none.
func (v *view) wrappedRows(before, behind []byte) int {
	rows, x := 0, 0
	step := func(cells int) {
		if x+cells > v.columns {
			rows++
			x = 0
		}
		x += cells
	}
	table := displaywidth.Options(v.widths)
	for g := table.BytesGraphemes(before); g.Next(); {
		step(v.widths.likelyCells(g.Value()))
	}
	if g := table.BytesGraphemes(behind); g.Next() {
		step(v.widths.likelyCells(g.Value())) // 0 for the sequence at the end
	}
	return rows
}

// draw appends the row to dst. The cursor must be in the row's line.
func (v *view) draw(dst []byte, s scene) []byte {
	if v.outdated(s) {
		v.render(s)
		v.drawnColumns = v.columns
		s.row.changed, v.stale = false, false
	}
	if len(v.hint) > 0 {
		dst = append(dst, v.hint...)
		dst = append(dst, "\r\n"...)
	}
	return append(dst, v.bytes...)
}

// render renders the row and the hint.
func (v *view) render(s scene) {
	r := s.row
	if cap(v.bytes) > maxKeptCap && r.empty() {
		v.bytes = nil
	}
	room := v.columns - 1 // the last column stays empty, or the row might wrap
	v.hint = nil
	if s.completion != nil {
		v.hint = s.completion.hint(nil, v.widths, room)
	}
	v.bytes = append(v.bytes[:0], '\r')
	if s.search != nil {
		prompt := s.search.prompt(v.searchLabel, v.widths, v.columns/2)
		room -= v.widths.totalCells(prompt)
		v.bytes = append(v.bytes, prompt...)
	} else {
		prompt, cells := v.promptText(s.size)
		room -= cells
		v.bytes = append(v.bytes, prompt...)
	}
	from, to := v.visible(r, room)
	v.bytes = v.appendText(v.bytes, r, r.text[from:r.cursorByte])
	v.cursor = len(v.bytes)
	v.bytes = append(v.bytes, "\x1b7"...)
	v.bytes = v.appendText(v.bytes, r, r.text[r.cursorByte:to])
	v.bytes = append(v.bytes, "\x1b[K\x1b8"...)
}

// promptText returns what stands before the text, and its width: at most half of the window, to
// leave room for the text. If there is no room for both, the size replaces the prompt.
func (v *view) promptText(size string) (head string, cells int) {
	switch {
	case 2*(v.promptWidth+len(size)) <= v.columns:
		return v.prompt + size, v.promptWidth + len(size)
	case size != "" && 2*len(size) <= v.columns:
		return size, len(size)
	}
	return "", 0
}

// visible returns the part of the text to show in so many cells. When the cursor moves in a long
// text, the text scrolls under it: a quarter of the room shows what follows the cursor, if
// anything does, and the rest what precedes it. That depends on nothing but the text and the
// cursor, so there is no scroll position that could be wrong.
func (v *view) visible(r *row, room int) (from, to int) {
	_, behind := v.visibleAfter(r, room/4)
	from, before := v.visibleBefore(r, room-behind)
	to, _ = v.visibleAfter(r, room-before)
	return from, to
}

// visibleBefore returns where the text begins that fits into so many cells before the cursor, and
// how many cells it takes.
func (v *view) visibleBefore(r *row, room int) (from, cells int) {
	from = r.cursorByte
	for i := r.cursor; i > 0; i-- {
		n := int(r.sizes[i-1])
		w := v.clusterCells(r, i-1, from-n)
		if cells+w > room {
			break
		}
		from -= n
		cells += w
	}
	return from, cells
}

// visibleAfter returns where the text ends that fits into so many cells behind the cursor, and
// how many cells it takes.
func (v *view) visibleAfter(r *row, room int) (to, cells int) {
	to = r.cursorByte
	for i := r.cursor; i < len(r.sizes); i++ {
		n := int(r.sizes[i])
		w := v.clusterCells(r, i, to)
		if cells+w > room {
			break
		}
		to += n
		cells += w
	}
	return to, cells
}

// newlineMark is how the row shows '\n'.
const newlineMark = "↵"

// appendText appends what the row shows for a part of its text.
func (v *view) appendText(dst []byte, r *row, text []byte) []byte {
	if !bytes.ContainsAny(text, "\n\t") && r.blocks == nil {
		return append(dst, text...)
	}
	for len(text) > 0 {
		_, n := utf8.DecodeRune(text)
		dst = append(dst, v.clusterText(r, text[:n])...)
		text = text[n:]
	}
	return dst
}

// clusterText returns what the row shows for a cluster. The label of a block takes at most half
// of the window.
func (v *view) clusterText(r *row, cluster []byte) []byte {
	switch cluster[0] {
	case '\n':
		return []byte(newlineMark)
	case '\t': // from a paste; there is no room for more
		return []byte(" ")
	}
	if id := blockIndex(cluster); id >= 0 {
		b := r.blocks[id]
		if b.cells <= v.columns/2 {
			return []byte(b.label)
		}
		return v.widths.truncate([]byte(b.label), v.columns/2)
	}
	return cluster
}

// clusterCells returns the largest width that a terminal may give cluster i, which begins at byte
// at.
func (v *view) clusterCells(r *row, i, at int) int {
	if r.sizes[i] == 1 {
		return 1 // a newline or a tab, too
	}
	if n := int(r.infos[i] & cellsMask); n > 0 {
		return n
	}
	cluster := r.text[at : at+int(r.sizes[i])]
	if id := blockIndex(cluster); id >= 0 { // depends on the window
		return min(r.blocks[id].cells, v.columns/2)
	}
	r.work++
	n := v.widths.maxCells(cluster)
	if clusterInfo(n) <= cellsMask {
		r.infos[i] |= clusterInfo(n)
	}
	return n
}
