package terminal

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// press does what a key asks for. The Action's Kind is 0 for what concerns
// nobody but the row.
func (t *Terminal) press(k key) Action {
	if k.kind == keyNone {
		return Action{}
	}
	if t.search != nil && t.searching(k) {
		return Action{}
	}
	killing := t.killing
	t.killing = false
	t.prepare(k.kind)

	switch k.kind {
	case keyRune:
		return t.typed(k.r)
	case keyPaste:
		return t.paste()
	case keyTooLong:
		return Action{Kind: TooLong}
	case keyYank:
		return t.insert(t.killed)
	case keyNewline:
		return t.typed('\n')
	case keyEnter:
		return t.enter()
	case keyInterrupt:
		return t.interrupt()
	case keyDeleteOrEOF:
		if t.row.empty() {
			return Action{Kind: EOF}
		}
		t.row.cut(t.row.index, t.row.index+1)
	case keyUndo:
		t.row.undo()
	case keyComplete:
		return t.complete(1)
	case keyCompleteBack:
		return t.complete(-1)
	case keySearch:
		t.beginSearch()
	case keyClear:
		t.clear = true
	case keyUp, keyDown:
		t.recall(k.kind)
	case keyKillToEnd, keyKillToStart, keyKillWordLeft, keyKillWordRight:
		t.kill(t.killTo(k.kind), killing)
	default:
		t.move(k.kind)
	}
	return Action{}
}

// prepare does what comes before a key's own business.
func (t *Terminal) prepare(k keyKind) {
	m := k.manner()
	if t.echo != nil && (k.rewrites() || m == completing && t.completion != nil) {
		t.echo.again = true
	}
	if m != completing {
		t.accept()
		if !slices.Contains([]keyKind{keyRune, keyPaste, keyYank, keyBackspace}, k) {
			t.row.settle()
		}
	}
	t.row.as(m)
}

// enter takes the message that is complete out of the row.
func (t *Terminal) enter() Action {
	if t.echo != nil {
		t.echo.enter(&t.view, t.sceneLocked())
	}
	line := t.row.message()
	t.row.take()
	t.searched = nil
	t.history.add(line)
	t.sweep()
	return Action{Kind: Enter, Line: line}
}

// interrupt discards the row, if there is anything in it.
func (t *Terminal) interrupt() Action {
	empty := t.row.empty()
	t.row.take()
	t.searched = nil
	t.history.leave()
	t.sweep()
	if empty {
		return Action{Kind: Interrupt}
	}
	return Action{}
}

// recall puts a line of the history into the row.
func (t *Terminal) recall(k keyKind) {
	var line piece
	var ok bool
	if k == keyUp {
		line, ok = t.history.older(t.row.piece)
	} else {
		line, ok = t.history.newer()
	}
	if ok {
		t.row.set(line)
	}
}

// move handles the keys that need nothing but the row.
func (t *Terminal) move(k keyKind) {
	r := &t.row
	switch k {
	case keyLeft:
		r.moveTo(r.index - 1)
	case keyRight:
		r.moveTo(r.index + 1)
	case keyWordLeft:
		r.moveTo(r.wordLeft())
	case keyWordRight:
		r.moveTo(r.wordRight())
	case keyHome:
		r.moveTo(0)
	case keyEnd:
		r.moveTo(r.end())
	case keyBackspace:
		r.erase()
	case keyDelete:
		r.cut(r.index, r.index+1)
	case keyTranspose:
		r.transpose()
	}
}

// typed puts one character into the row, if the row may hold it.
func (t *Terminal) typed(c rune) Action {
	if !printable(c) && c != '\n' {
		return Action{}
	}
	var buf [utf8.UTFMax]byte
	text := utf8.AppendRune(buf[:0], c)
	return t.insert(piece{text, []uint8{uint8(len(text))}})
}

// fits reports whether the message has room for the text.
func (t *Terminal) fits(text []byte) bool {
	return t.row.weight()+t.row.blocks.weight(text) <= t.max
}

// insert puts a piece that a row may hold into it, the whole of it or nothing.
func (t *Terminal) insert(p piece) Action {
	if t.row.at == 0 {
		if text := bytes.TrimLeftFunc(p.text, clinging); len(text) < len(p.text) {
			p = cutUp(text)
			t.row.work += len(p.sizes)
		}
	}
	if !t.fits(p.text) {
		return Action{Kind: Full}
	}
	t.row.insert(p)
	return Action{}
}

// killTo is the cluster up to which a key kills.
func (t *Terminal) killTo(k keyKind) int {
	switch k {
	case keyKillToStart:
		return 0
	case keyKillWordLeft:
		return t.row.wordLeft()
	case keyKillWordRight:
		return t.row.wordRight()
	default:
		return t.row.end()
	}
}

// kill cuts what lies between the cursor and the cluster to, and keeps it for
// ^Y: alone, or together with what the key before killed, in the row's order.
func (t *Terminal) kill(to int, more bool) {
	t.killing = true
	if !more {
		t.killed.text, t.killed.sizes = t.killed.text[:0], t.killed.sizes[:0]
	}
	from := t.row.index
	if to < from {
		t.killed.insert(0, 0, t.row.part(to, from))
		t.row.cut(to, from)
		return
	}
	t.killed.insert(len(t.killed.sizes), len(t.killed.text), t.row.part(from, to))
	t.row.cut(from, to)
}
