package terminal

import (
	"strconv"
	"strings"
)

// held is which other keys are held down with a key.
type held uint8

const (
	withShift held = 1 << iota
	withAlt
	withCtrl
	withMeta

	withAny = withShift | withAlt | withCtrl | withMeta
)

// byWords reports whether an arrow goes by words.
func (h held) byWords() bool { return h&(withAlt|withCtrl|withMeta) != 0 }

// modifiers is what the last of a sequence's parameters says is held: one more than
// the sum of the keys. Caps Lock and the like count for nothing.
func modifiers(params string) held {
	_, last, found := strings.Cut(params, ";")
	if !found {
		last = params
	}
	n, err := strconv.ParseUint(last, 10, 8)
	if err != nil || n == 0 {
		return 0
	}
	return held(n-1) & withAny
}

// cursorKey is the key of the last byte of ESC [ x and of ESC O x.
func cursorKey(final byte, h held) keyKind {
	switch final {
	case 'A':
		return keyUp
	case 'B':
		return keyDown
	case 'C':
		if h.byWords() {
			return keyWordRight
		}
		return keyRight
	case 'D':
		if h.byWords() {
			return keyWordLeft
		}
		return keyLeft
	case 'F':
		return keyEnd
	case 'H':
		return keyHome
	}
	return keyNone
}

// sequenceKey is what ESC [ params final means, and after two ESC the same with Alt.
// Reports that nobody asked for, of the mouse, the cursor's place or the focus, mean
// nothing.
func sequenceKey(params string, final byte, alt bool) key {
	number, _, _ := strings.Cut(params, ";")
	h := held(0)
	if number != params {
		h = modifiers(params)
	}
	if alt {
		h |= withAlt
	}
	switch final {
	case 'Z':
		if params == "" {
			return key{kind: keyCompleteBack}
		}
	case '^': // rxvt, for Ctrl
		return key{kind: tildeKey(number, h|withCtrl)}
	case '~':
		if code, ok := strings.CutPrefix(params, "27;"); ok { // xterm: the code comes last
			mod, code, _ := strings.Cut(code, ";")
			return codeKey(code, modifiers(mod))
		}
		return key{kind: tildeKey(number, h)}
	case 'u':
		return codeKey(number, h)
	default:
		// Without parameters it is the bare key; ESC [1;mA is the key with Shift or
		// the like, but ESC [1;2F might as well be a report: '?' and '>' lead those.
		if params == "" || number == "1" {
			return key{kind: cursorKey(final, h)}
		}
	}
	return key{}
}

// tildeKey is the key of ESC [ number ~.
func tildeKey(number string, h held) keyKind {
	switch number {
	case "1", "7":
		return keyHome
	case "4", "8":
		return keyEnd
	case "3":
		if h.byWords() {
			return keyKillWordRight
		}
		return keyDelete
	}
	return keyNone
}

// singleKey is what ESC O final means. Arrows come so from terminals that are in
// application mode, where nobody has put them here, and from PuTTY for Ctrl and an
// arrow. One whose arrows have come as ESC [ x means the latter. Small letters are
// rxvt's for Ctrl.
func singleKey(final byte, h held, csi bool) key {
	switch {
	case final == 'M':
		return key{kind: keyEnter}
	case 'j' <= final && final <= 'y': // *+,-./0123456789 of the keypad
		return key{kind: keyRune, r: rune(final - '@')}
	case 'a' <= final && final <= 'd':
		return key{kind: cursorKey(final-'a'+'A', h|withCtrl)}
	case csi:
		h |= withCtrl
	}
	return key{kind: cursorKey(final, h)}
}

// Codes of keys that are not characters.
const (
	codeTab       = 9
	codeEnter     = 13
	codeEscape    = 27
	codeBackspace = 127
	codeKeypad    = 57414 // Enter, there
)

// codeKey is the key with a code, as kitty and xterm write one where they otherwise
// could not tell what was held with it.
func codeKey(code string, h held) key {
	c, err := strconv.ParseUint(code, 10, 21)
	if err != nil {
		return key{}
	}
	switch {
	case c == codeEnter || c == codeKeypad:
		if h != 0 {
			return key{kind: keyNewline}
		}
		return key{kind: keyEnter}
	case c == codeTab && h&withShift != 0:
		return key{kind: keyCompleteBack}
	case c == codeEscape:
		return key{kind: keyCancel}
	case c == codeBackspace && h.byWords():
		return key{kind: keyKillWordLeft}
	case c < ' ' || c == codeBackspace:
		return key{kind: controlKey(byte(c))}
	case h&withCtrl != 0 && '@' <= c && c < codeBackspace:
		return key{kind: controlKey(ctrl(byte(c)))}
	case h&(withAlt|withMeta) != 0 && c < codeBackspace:
		return key{kind: altKey(byte(c))}
	case 57344 <= c && c <= 63743: // kitty's for keys without a character
		return key{}
	}
	return key{kind: keyRune, r: rune(c)}
}
