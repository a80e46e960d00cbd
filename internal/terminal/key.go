package terminal

// key is one thing that a person did at the keyboard.
type key struct {
	kind keyKind
	r    rune // of keyRune
}

type keyKind uint8

const (
	keyNone keyKind = iota // nothing yet, or nothing that means anything here
	keyRune
	keyPaste   // a paste has ended, decoder.takePaste has it
	keyTooLong // a paste has ended that was too long to be kept
	keyEnter
	keyNewline
	keyInterrupt
	keyDeleteOrEOF
	keyBackspace
	keyDelete
	keyLeft
	keyRight
	keyWordLeft
	keyWordRight
	keyHome
	keyEnd
	keyUp
	keyDown
	keyKillToEnd
	keyKillToStart
	keyKillWordLeft
	keyKillWordRight
	keyYank
	keyTranspose
	keyUndo
	keyComplete
	keyCompleteBack
	keySearch
	keyCancel
	keyClear
)

// editKind is in which manner a key changes the row.
func (k keyKind) editKind() editKind {
	switch k {
	case keyRune:
		return editTyping
	case keyUp, keyDown:
		return editRecall
	case keyComplete, keyCompleteBack:
		return editCompletion
	}
	return editSeparate
}

// controlKey is what a control character means, as in emacs and bash.
func controlKey(b byte) keyKind {
	switch b {
	case ctrl('A'):
		return keyHome
	case ctrl('B'):
		return keyLeft
	case ctrl('C'):
		return keyInterrupt
	case ctrl('D'):
		return keyDeleteOrEOF
	case ctrl('E'):
		return keyEnd
	case ctrl('F'):
		return keyRight
	case ctrl('H'), del:
		return keyBackspace
	case ctrl('K'):
		return keyKillToEnd
	case ctrl('L'):
		return keyClear
	case ctrl('N'):
		return keyDown
	case ctrl('P'):
		return keyUp
	case ctrl('T'):
		return keyTranspose
	case ctrl('U'):
		return keyKillToStart
	case ctrl('W'):
		return keyKillWordLeft
	case ctrl('Y'):
		return keyYank
	case ctrl('G'):
		return keyCancel
	case ctrl('R'):
		return keySearch
	case ctrl('_'):
		return keyUndo
	case '\t':
		return keyComplete
	case '\r', '\n':
		return keyEnter
	}
	return keyNone
}

// altKey is what a key means together with Alt, that is, after ESC.
func altKey(b byte) keyKind {
	switch b {
	case 'b':
		return keyWordLeft
	case 'f':
		return keyWordRight
	case 'd':
		return keyKillWordRight
	case ctrl('H'), del:
		return keyKillWordLeft
	case '\r', '\n':
		return keyNewline
	}
	return keyNone
}

const (
	esc = 0x1b
	del = 0x7f
)

// ctrl is the byte that a letter's key sends together with Ctrl.
func ctrl(letter byte) byte { return letter & 0x1f }
