package terminal

// A key is one thing that the user did at the keyboard.
type key struct {
	kind keyKind
	r    rune   // the character of a keyRune
	text string // the message of a keyPaste
}

type keyKind uint8

const (
	keyNone keyKind = iota // nothing yet, or nothing that has a meaning
	keyRune
	keyPaste   // a paste has ended
	keyTooLong // a paste has ended that was too long to keep
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

// editKind returns the kind of change that a key makes to the row.
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

// controlKey returns the meaning of a control character, as in emacs and bash.
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

// altKey returns the meaning of a key with Alt, that is, after ESC.
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

// ctrl returns the byte that Ctrl and a letter's key send.
func ctrl(letter byte) byte { return letter & 0x1f }
