package terminal

import (
	"strconv"
	"strings"
)

// modifiers is the set of modifier keys that are held with a key.
type modifiers uint8

const (
	modShift modifiers = 1 << iota
	modAlt
	modCtrl
	modMeta

	modAny = modShift | modAlt | modCtrl | modMeta
)

// movesByWord reports whether an arrow moves by words.
func (m modifiers) movesByWord() bool { return m&(modAlt|modCtrl|modMeta) != 0 }

// parseModifiers returns the modifiers in the last parameter of a sequence, which is one more
// than their sum (xterm's modifyOtherKeys). It ignores Caps Lock and the like.
func parseModifiers(params string) modifiers {
	_, last, found := strings.Cut(params, ";")
	if !found {
		last = params
	}
	n, err := strconv.ParseUint(last, 10, 8)
	if err != nil || n == 0 {
		return 0
	}
	return modifiers(n-1) & modAny
}

// cursorKey returns the key of the final byte of ESC [ x and ESC O x.
func cursorKey(final byte, h modifiers) keyKind {
	switch final {
	case 'A':
		return keyUp
	case 'B':
		return keyDown
	case 'C':
		if h.movesByWord() {
			return keyWordRight
		}
		return keyRight
	case 'D':
		if h.movesByWord() {
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

// csiKey returns the key of ESC [ params final, with Alt if alt is set. Reports that nobody asked
// for, of the mouse, the cursor position or the focus, mean nothing.
func csiKey(params string, final byte, alt bool) key {
	number, _, _ := strings.Cut(params, ";")
	h := modifiers(0)
	if number != params {
		h = parseModifiers(params)
	}
	if alt {
		h |= modAlt
	}
	switch final {
	case 'Z':
		if params == "" {
			return key{kind: keyCompleteBack}
		}
	case '^': // rxvt, for Ctrl
		return key{kind: tildeKey(number, h|modCtrl)}
	case '~':
		if code, ok := strings.CutPrefix(params, "27;"); ok { // xterm: the code comes last
			mod, code, _ := strings.Cut(code, ";")
			return codeKey(code, parseModifiers(mod))
		}
		return key{kind: tildeKey(number, h)}
	case 'u':
		return codeKey(number, h)
	default:
		// Without parameters it is the plain key, and ESC [1;mA is the key with modifiers.
		// Anything else may be a report; those begin with '?' or '>', or with another number.
		if params == "" || number == "1" {
			return key{kind: cursorKey(final, h)}
		}
	}
	return key{}
}

// tildeKey returns the key of ESC [ number ~.
func tildeKey(number string, h modifiers) keyKind {
	switch number {
	case "1", "7":
		return keyHome
	case "4", "8":
		return keyEnd
	case "3":
		if h.movesByWord() {
			return keyKillWordRight
		}
		return keyDelete
	}
	return keyNone
}

// ss3Key returns the key of ESC O final. Terminals in application mode send plain arrows this
// way, and PuTTY sends Ctrl with an arrow. If the terminal has sent an arrow as ESC [ x before
// (csi), it is the latter. Lower-case letters are rxvt's Ctrl.
func ss3Key(final byte, h modifiers, csi bool) key {
	switch {
	case final == 'M':
		return key{kind: keyEnter}
	case 'j' <= final && final <= 'y': // *+,-./0123456789 on the keypad
		return key{kind: keyRune, r: rune(final - '@')}
	case 'a' <= final && final <= 'd':
		return key{kind: cursorKey(final-'a'+'A', h|modCtrl)}
	case csi:
		h |= modCtrl
	}
	return key{kind: cursorKey(final, h)}
}

// Codes of keys that are not characters, in kitty's keyboard protocol.
const (
	codeTab       = 9
	codeEnter     = 13
	codeEscape    = 27
	codeBackspace = 127
	codeKeypad    = 57414 // Enter on the keypad
)

// codeKey returns the key with a code, which kitty and xterm send for keys with modifiers that
// have no other sequence.
func codeKey(code string, h modifiers) key {
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
	case c == codeTab && h&modShift != 0:
		return key{kind: keyCompleteBack}
	case c == codeEscape:
		return key{kind: keyCancel}
	case c == codeBackspace && h.movesByWord():
		return key{kind: keyKillWordLeft}
	case c < ' ' || c == codeBackspace:
		return key{kind: controlKey(byte(c))}
	case h&modCtrl != 0 && '@' <= c && c < codeBackspace:
		return key{kind: controlKey(ctrl(byte(c)))}
	case h&(modAlt|modMeta) != 0 && c < codeBackspace:
		return key{kind: altKey(byte(c))}
	case 57344 <= c && c <= 63743: // kitty's codes for keys without a character
		return key{}
	}
	return key{kind: keyRune, r: rune(c)}
}
