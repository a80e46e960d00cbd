package terminal

import "unicode/utf8"

func (d *decoder) beginPaste() {
	d.enter(pasting)
	d.paste, d.overflow, d.matched = nil, false, 0
}

// nextPasted takes a byte of a paste. It keeps the bytes as they are until the
// end; of a paste that is too long it only looks for the end. ^C is the way out
// of a paste that has none, and discards it.
func (d *decoder) nextPasted(b byte) key {
	if b == ctrl('C') {
		d.paste = nil
		d.enter(ground)
		return key{}
	}
	// ESC stands nowhere but at the beginning of pasteEnd, so a mismatch can
	// begin a new match but not continue one.
	switch b {
	case pasteEnd[d.matched]:
		d.matched++
	case esc:
		d.matched = 1
	default:
		d.matched = 0
	}
	switch {
	case d.overflow:
	case len(d.paste) < d.maxPaste+len(pasteEnd):
		d.paste = append(d.paste, b)
	default:
		d.overflow = true
		d.paste = nil
	}
	if d.matched < len(pasteEnd) {
		return key{}
	}
	d.enter(ground)
	if d.overflow {
		return key{kind: keyTooLong}
	}
	d.paste = d.paste[:len(d.paste)-len(pasteEnd)]
	return key{kind: keyPaste}
}

// pasted hands over the paste that has ended, as a single line that a row may
// hold: newlines and tabs have become spaces, and what is not printable is gone.
func (d *decoder) pasted() []byte {
	raw := d.paste
	d.paste = nil
	text := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r == utf8.RuneError && size == 1:
		case r == '\r' && len(raw) > 1 && raw[1] == '\n': // one newline, not two
		case r == '\r', r == '\n', r == '\t':
			text = append(text, ' ')
		case printable(r):
			text = append(text, raw[:size]...)
		}
		raw = raw[size:]
	}
	return text
}
