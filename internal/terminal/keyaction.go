package terminal

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// handleKey executes a key. The result's Kind is 0 if the host has nothing to do.
func (e *editor) handleKey(k key) Action {
	if k.kind == keyNone {
		return Action{}
	}
	if e.search != nil && e.handleSearchKey(k) {
		return Action{}
	}
	killing := e.lastKeyKilled
	e.lastKeyKilled = false
	e.beforeKey(k.kind)

	switch k.kind {
	case keyRune:
		return e.insertRune(k.r)
	case keyPaste:
		return e.paste(k.text)
	case keyTooLong:
		return Action{Kind: TooLong}
	case keyYank:
		return e.insert(e.killed)
	case keyNewline:
		return e.insertRune('\n')
	case keyEnter:
		return e.enter()
	case keyInterrupt:
		return e.interrupt()
	case keyDeleteOrEOF:
		if e.row.empty() {
			return Action{Kind: EOF}
		}
		e.row.remove(e.row.cursor, e.row.cursor+1)
	case keyUndo:
		e.row.undo()
	case keyComplete:
		return e.complete(1)
	case keyCompleteBack:
		return e.complete(-1)
	case keySearch:
		e.beginSearch()
	case keyClear:
		e.display.clear = true
	case keyUp, keyDown:
		e.recall(k.kind)
	case keyKillToEnd, keyKillToStart, keyKillWordLeft, keyKillWordRight:
		e.kill(e.row.killTarget(k.kind), killing)
	default:
		e.row.handleKey(k.kind)
	}
	return Action{}
}

// beforeKey does what every key does first.
func (e *editor) beforeKey(k keyKind) {
	m := k.editKind()
	if e.display.echo != nil && (k.rewritesLine() || m == editCompletion && e.completion != nil) {
		e.display.startLine()
	}
	if m != editCompletion {
		e.accept()
		if !slices.Contains([]keyKind{keyRune, keyPaste, keyYank, keyBackspace}, k) {
			e.row.joinTyped()
		}
	}
	e.row.beginEdit(m)
}

// enter takes the complete message out of the row.
func (e *editor) enter() Action {
	if echo := e.display.echo; echo != nil {
		echo.enterLine(&e.display.view, e.scene())
	}
	line := e.row.message()
	e.row.reset()
	e.lastSearch = nil
	e.history.add(line)
	e.dropUnusedBlocks()
	return Action{Kind: Enter, Line: line}
}

// interrupt discards the row, if there is anything in it.
func (e *editor) interrupt() Action {
	empty := e.row.empty()
	e.row.reset()
	e.lastSearch = nil
	e.history.reset()
	e.dropUnusedBlocks()
	if empty {
		return Action{Kind: Interrupt}
	}
	return Action{}
}

// recall puts a line of the history into the row.
func (e *editor) recall(k keyKind) {
	var line clusteredText
	var ok bool
	if k == keyUp {
		line, ok = e.history.older(e.row.clusteredText)
	} else {
		line, ok = e.history.newer()
	}
	if ok {
		e.row.set(line)
	}
}

// insertRune inserts a character, if the row may contain it.
func (e *editor) insertRune(c rune) Action {
	if !printable(c) && c != '\n' {
		return Action{}
	}
	var buf [utf8.UTFMax]byte
	text := utf8.AppendRune(buf[:0], c)
	return e.insert(clusteredText{text, []uint8{uint8(len(text))}})
}

// fits reports whether the row has room for text.
func (e *editor) fits(text []byte) bool {
	return e.row.messageLen()+e.row.blocks.expandedLen(text) <= e.maxRow
}

// insert inserts the whole of p, or nothing.
func (e *editor) insert(p clusteredText) Action {
	if e.row.cursorByte == 0 {
		if text := bytes.TrimLeftFunc(p.text, joinsPrevious); len(text) < len(p.text) {
			p = splitClusters(text)
			e.row.work += len(p.sizes)
		}
	}
	if !e.fits(p.text) {
		return Action{Kind: Full}
	}
	e.row.insert(p)
	return Action{}
}

// kill cuts the text between the cursor and the cluster to, and keeps it for ^Y. If more is set,
// it is added to what the previous key killed, in the order of the row.
func (e *editor) kill(to int, more bool) {
	e.lastKeyKilled = true
	if !more {
		e.killed.text, e.killed.sizes = e.killed.text[:0], e.killed.sizes[:0]
	}
	from := e.row.cursor
	if to < from {
		e.killed.insert(0, 0, e.row.slice(to, from))
		e.row.remove(to, from)
		return
	}
	e.killed.insert(len(e.killed.sizes), len(e.killed.text), e.row.slice(from, to))
	e.row.remove(from, to)
}
