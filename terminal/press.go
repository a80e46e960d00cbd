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
		return Action{Kind: Full}
	case keyYank:
		return t.insert(t.killed)
	case keyNewline:
		return t.insert([]byte{'\n'})
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
	t.history.add(line)
	t.sweep()
	return Action{Kind: Enter, Line: line}
}

// interrupt discards the row, if there is anything in it.
func (t *Terminal) interrupt() Action {
	empty := t.row.empty()
	t.row.take()
	t.history.leave()
	t.sweep()
	if empty {
		return Action{Kind: Interrupt}
	}
	return Action{}
}

// recall puts a line of the history into the row.
func (t *Terminal) recall(k keyKind) {
	var line string
	var ok bool
	if k == keyUp {
		line, ok = t.history.older(t.row.text)
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
	if !printable(c) {
		return Action{}
	}
	var text [utf8.UTFMax]byte
	return t.insert(utf8.AppendRune(text[:0], c))
}

// fits reports whether the message has room for the text.
func (t *Terminal) fits(text []byte) bool {
	return t.row.blocks.weight(t.row.text)+t.row.blocks.weight(text) <= t.max
}

// insert puts a text that a row may hold into it, the whole of it or nothing.
func (t *Terminal) insert(text []byte) Action {
	if t.row.at == 0 {
		text = bytes.TrimLeftFunc(text, clinging)
	}
	if !t.fits(text) {
		return Action{Kind: Full}
	}
	t.row.insert(text)
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
		t.killed = t.killed[:0]
	}
	from := t.row.index
	if to < from {
		cut := t.row.cut(to, from)
		t.killed = append(cut, t.killed...)
		return
	}
	t.killed = append(t.killed, t.row.cut(from, to)...)
}
