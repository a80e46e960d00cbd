package terminal

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// handleKey executes a key. The result's Kind is 0 if the host has nothing to do.
func (t *Terminal) handleKey(k key) Action {
	if k.kind == keyNone {
		return Action{}
	}
	if t.search != nil && t.handleSearchKey(k) {
		return Action{}
	}
	killing := t.lastKeyKilled
	t.lastKeyKilled = false
	t.beforeKey(k.kind)

	switch k.kind {
	case keyRune:
		return t.insertRune(k.r)
	case keyPaste:
		return t.paste()
	case keyTooLong:
		return Action{Kind: TooLong}
	case keyYank:
		return t.insert(t.killed)
	case keyNewline:
		return t.insertRune('\n')
	case keyEnter:
		return t.enter()
	case keyInterrupt:
		return t.interrupt()
	case keyDeleteOrEOF:
		if t.row.empty() {
			return Action{Kind: EOF}
		}
		t.row.remove(t.row.cursor, t.row.cursor+1)
	case keyUndo:
		t.row.undo()
	case keyComplete:
		return t.complete(1)
	case keyCompleteBack:
		return t.complete(-1)
	case keySearch:
		t.beginSearch()
	case keyClear:
		t.display.clear = true
	case keyUp, keyDown:
		t.recall(k.kind)
	case keyKillToEnd, keyKillToStart, keyKillWordLeft, keyKillWordRight:
		t.kill(t.row.killTarget(k.kind), killing)
	default:
		t.row.handleKey(k.kind)
	}
	return Action{}
}

// beforeKey does what every key does first.
func (t *Terminal) beforeKey(k keyKind) {
	m := k.editKind()
	if t.display.echo != nil && (k.rewritesLine() || m == editCompletion && t.completion != nil) {
		t.display.startLine()
	}
	if m != editCompletion {
		t.accept()
		if !slices.Contains([]keyKind{keyRune, keyPaste, keyYank, keyBackspace}, k) {
			t.row.joinTyped()
		}
	}
	t.row.beginEdit(m)
}

// enter takes the complete message out of the row.
func (t *Terminal) enter() Action {
	if echo := t.display.echo; echo != nil {
		echo.enterLine(&t.display.view, t.sceneLocked())
	}
	line := t.row.message()
	t.row.reset()
	t.lastSearch = nil
	t.history.add(line)
	t.dropUnusedBlocks()
	return Action{Kind: Enter, Line: line}
}

// interrupt discards the row, if there is anything in it.
func (t *Terminal) interrupt() Action {
	empty := t.row.empty()
	t.row.reset()
	t.lastSearch = nil
	t.history.reset()
	t.dropUnusedBlocks()
	if empty {
		return Action{Kind: Interrupt}
	}
	return Action{}
}

// recall puts a line of the history into the row.
func (t *Terminal) recall(k keyKind) {
	var line clusteredText
	var ok bool
	if k == keyUp {
		line, ok = t.history.older(t.row.clusteredText)
	} else {
		line, ok = t.history.newer()
	}
	if ok {
		t.row.set(line)
	}
}

// insertRune inserts a character, if the row may contain it.
func (t *Terminal) insertRune(c rune) Action {
	if !printable(c) && c != '\n' {
		return Action{}
	}
	var buf [utf8.UTFMax]byte
	text := utf8.AppendRune(buf[:0], c)
	return t.insert(clusteredText{text, []uint8{uint8(len(text))}})
}

// fits reports whether the row has room for text.
func (t *Terminal) fits(text []byte) bool {
	return t.row.messageLen()+t.row.blocks.expandedLen(text) <= t.maxRow
}

// insert inserts the whole of p, or nothing.
func (t *Terminal) insert(p clusteredText) Action {
	if t.row.cursorByte == 0 {
		if text := bytes.TrimLeftFunc(p.text, joinsPrevious); len(text) < len(p.text) {
			p = splitClusters(text)
			t.row.work += len(p.sizes)
		}
	}
	if !t.fits(p.text) {
		return Action{Kind: Full}
	}
	t.row.insert(p)
	return Action{}
}

// kill cuts the text between the cursor and the cluster to, and keeps it for ^Y. If more is set,
// it is added to what the previous key killed, in the order of the row.
func (t *Terminal) kill(to int, more bool) {
	t.lastKeyKilled = true
	if !more {
		t.killed.text, t.killed.sizes = t.killed.text[:0], t.killed.sizes[:0]
	}
	from := t.row.cursor
	if to < from {
		t.killed.insert(0, 0, t.row.slice(to, from))
		t.row.remove(to, from)
		return
	}
	t.killed.insert(len(t.killed.sizes), len(t.killed.text), t.row.slice(from, to))
	t.row.remove(from, to)
}
