package terminal

import (
	"strconv"
	"strings"

	"teahouse/escape"
)

func (d *decoder) beginPaste() {
	d.marks = true
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

// pasted hands over the paste that has ended, as a message.
func (d *decoder) pasted() string {
	raw := d.paste
	d.paste = nil
	return message([]byte(escape.Strip(string(raw))))
}

// paste puts in what was pasted: several lines as a block, and as they are if
// there are too many blocks. The whole of it or nothing.
func (t *Terminal) paste() Action {
	text := t.decoder.pasted()
	n := strings.Count(text, "\n") + 1
	if n > 1 && t.fits([]byte(text)) {
		label := t.label(n)
		t.sweep()
		if mark := t.row.blocks.add(text, label, t.view.widths.sum([]byte(label))); mark != "" {
			text = mark
		}
	}
	p := cutUp([]byte(text))
	t.row.work += len(p.sizes)
	if t.insert(p).Kind == Full {
		return Action{Kind: TooLong}
	}
	return Action{}
}

// Paste puts in what the host takes for a paste though nothing has marked it as one,
// as [Terminal.Feed] does with those that are marked. It is for the goroutine that
// calls that.
func (t *Terminal) Paste(p []byte) []Action {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.decoder.enter(ground)
	k := key{kind: keyPaste}
	if len(p) > t.decoder.maxPaste {
		k.kind = keyTooLong
	} else {
		t.decoder.paste = p
	}
	if a := t.press(k); a.Kind != 0 {
		return []Action{a}
	}
	return nil
}

// Marks reports whether the terminal is known to mark what is pasted.
func (t *Terminal) Marks() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.decoder.marks && t.echo == nil
}

// label is what the row shows for so many lines.
func (t *Terminal) label(lines int) string {
	label := "[" + strconv.Itoa(lines) + " lines pasted]"
	if t.wording != nil {
		t.letGo(func() { label = clean(t.wording(lines)) })
	}
	return string(trim([]byte(label)))
}

// sweep forgets the blocks that are nowhere any more. Those that are only in the
// past go with it if there are too many: what the row, the draft and ^Y hold is
// bounded, each by the length of a message.
func (t *Terminal) sweep() {
	b := &t.row.blocks
	if *b == nil {
		return
	}
	held := [][]byte{t.row.text, t.killed.text, t.history.draft.text}
	b.keep(append(held, t.row.past.texts()...)...)
	if b.total() > 3*t.max || b.full() {
		t.row.past = nil
		b.keep(held...)
	}
}
