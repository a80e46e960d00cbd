package terminal

import (
	"strconv"
	"strings"

	"teahouse/internal/ansi"
)

func (d *decoder) beginPaste() {
	d.sawMarkedPaste = true
	d.enter(statePaste)
	d.paste, d.overflow, d.pasteEndMatched = nil, false, 0
}

// nextPasted takes a byte of a paste. It keeps the bytes unchanged until the end; of a paste that
// is too long it only looks for the end. ^C discards a paste that does not end.
func (d *decoder) nextPasted(b byte) key {
	if b == ctrl('C') {
		d.paste = nil
		d.enter(stateGround)
		return key{}
	}
	// ESC occurs only at the beginning of pasteEnd, so a mismatch can begin a new match but not
	// continue one.
	switch b {
	case pasteEnd[d.pasteEndMatched]:
		d.pasteEndMatched++
	case esc:
		d.pasteEndMatched = 1
	default:
		d.pasteEndMatched = 0
	}
	switch {
	case d.overflow:
	case len(d.paste) < d.maxPaste+len(pasteEnd):
		d.paste = append(d.paste, b)
	default:
		d.overflow = true
		d.paste = nil
	}
	if d.pasteEndMatched < len(pasteEnd) {
		return key{}
	}
	d.enter(stateGround)
	if d.overflow {
		return key{kind: keyTooLong}
	}
	raw := d.paste[:len(d.paste)-len(pasteEnd)]
	d.paste = nil
	return pasteKey(raw)
}

// pasteKey returns the key for a paste that has ended.
func pasteKey(raw []byte) key {
	return key{kind: keyPaste, text: cleanMessage([]byte(ansi.Strip(string(raw))))}
}

// paste inserts a paste, the whole of it or nothing: several lines as a block, or as plain lines
// if there are too many blocks.
func (e *editor) paste(text string) Action {
	n := strings.Count(text, "\n") + 1
	if n > 1 && e.fits([]byte(text)) {
		label := e.pasteLabel(n)
		e.dropUnusedBlocks()
		if mark := e.row.blocks.add(text, label, e.display.view.widths.totalCells([]byte(label))); mark != "" {
			text = mark
		}
	}
	p := splitClusters([]byte(text))
	e.row.work += len(p.sizes)
	if e.insert(p).Kind == Full {
		return Action{Kind: TooLong}
	}
	return Action{}
}

// Paste inserts text that the host takes for a paste although the terminal has not marked it, as
// [Terminal.Feed] does with marked ones. Only the goroutine that calls Feed may call it.
func (t *Terminal) Paste(p []byte) []Action {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.decoder.enter(stateGround)
	k := key{kind: keyTooLong}
	if len(p) <= t.decoder.maxPaste {
		k = pasteKey(p)
	}
	if a := t.handleKey(k); a.Kind != 0 {
		return []Action{a}
	}
	return nil
}

// MarksPastes reports whether the terminal has been seen to mark a paste.
func (t *Terminal) MarksPastes() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.decoder.sawMarkedPaste && t.display.echo == nil
}

// pasteLabel returns what the row shows for a block of so many lines.
func (e *editor) pasteLabel(lines int) string {
	label := "[" + strconv.Itoa(lines) + " lines pasted]"
	if e.pastedLabel != nil {
		e.callHost(func() { label = printableOnly(e.pastedLabel(lines)) })
	}
	return string(trimClusters([]byte(label)))
}

// dropUnusedBlocks forgets the blocks that are in no text any more. If there are too many, it
// also drops the undo log and the blocks that only the log contains; what the row, the draft and
// ^Y hold is bounded by the length of a message each.
func (e *editor) dropUnusedBlocks() {
	b := &e.row.blocks
	if *b == nil {
		return
	}
	held := [][]byte{e.row.text, e.killed.text, e.history.draft.text}
	b.retain(append(held, e.row.undoLog.removedTexts()...)...)
	if b.totalBytes() > 3*e.maxRow || b.full() {
		e.row.undoLog = nil
		b.retain(held...)
	}
}
