package terminal

import "unicode/utf8"

// A decoder turns the terminal's bytes into keys. The bytes may arrive in pieces of any size: the
// decoder keeps what is incomplete, and everything that it keeps is bounded.
type decoder struct {
	state       decoderState
	lastCR      bool // the last byte was CR; an LF after it belongs to the same Enter
	alt         bool // the sequence began with two ESC: Alt was held
	sawCSIArrow bool // the terminal has sent an arrow as ESC [ x

	pending  [utf8.UTFMax]byte // the beginning of a character
	npending int

	params  [maxParams]byte // the first parameter bytes of an escape sequence
	nparams int
	length  int // of an escape sequence, most of which is not kept
	skip    int // how many more bytes belong to a sequence

	paste           []byte // the paste so far
	maxPaste        int    // how much of a paste is kept, in bytes
	sawMarkedPaste  bool   // the terminal has marked a paste
	overflow        bool   // the paste is longer than that
	pasteEndMatched int    // how many bytes of pasteEnd the last bytes match
}

type decoderState uint8

const (
	stateGround decoderState = iota // text and control characters
	stateEscape                     // after ESC
	stateCSI                        // after ESC [
	stateSS3                        // after ESC O
	stateString                     // after ESC ] and the like, until BEL or ESC \
	stateSkip                       // after a sequence with bytes beyond its end
	statePaste                      // after ESC [200~, until ESC [201~
)

const (
	maxParams = 16
	// maxSequence cuts off a sequence that does not end. The longest sequences that a terminal
	// sends unasked are mouse reports, which are much shorter.
	maxSequence = 256
	pasteBegin  = "200"
	pasteEnd    = "\x1b[201~"
)

// next takes one byte and returns the key that it completes, or keyNone.
func (d *decoder) next(b byte) key {
	if d.state == statePaste {
		return d.nextPasted(b)
	}
	cr := d.lastCR
	d.lastCR = b == '\r'
	if b == '\n' && cr {
		return key{}
	}
	if b == esc {
		twice := d.state == stateEscape
		d.enter(stateEscape)
		d.alt = twice
		if twice { // the second one may begin a sequence
			return key{kind: keyCancel}
		}
		return key{}
	}
	if d.state == stateEscape && altKey(b) != keyNone {
		d.enter(stateGround)
		return key{kind: altKey(b)}
	}
	// A control character never belongs to a sequence: a user who has pressed Escape by mistake
	// can still type ^C and, after a moment, Enter. The same holds for non-ASCII text.
	if d.state != stateGround && (b < ' ' || b >= del) {
		d.enter(stateGround)
	}
	if d.state == stateGround {
		return d.nextGround(b)
	}
	return d.nextInSequence(b)
}

// flushEscape is called when nothing has followed for a moment: an ESC that waits for more is
// then the Escape key. It returns that key, or keyNone.
func (d *decoder) flushEscape() key {
	if d.state != stateEscape {
		return key{}
	}
	d.enter(stateGround)
	return key{kind: keyCancel}
}

// nextGround takes a byte of text or a control character.
func (d *decoder) nextGround(b byte) key {
	if b >= utf8.RuneSelf {
		return d.nextRuneByte(b)
	}
	d.npending = 0
	if b < ' ' || b == del {
		return key{kind: controlKey(b)}
	}
	return key{kind: keyRune, r: rune(b)}
}

// nextInSequence takes a byte of an escape sequence.
func (d *decoder) nextInSequence(b byte) key {
	switch d.state {
	case stateEscape:
		d.nextEscape(b)
	case stateCSI:
		return d.nextCSI(b)
	case stateSS3:
		return d.nextSS3(b)
	case stateString:
		d.countByte()
	case stateSkip:
		d.skip--
		if d.skip == 0 {
			d.enter(stateGround)
		}
	}
	return key{}
}

// enter changes the state and forgets what was gathered in the old one.
func (d *decoder) enter(s decoderState) {
	d.state = s
	d.npending, d.nparams, d.length = 0, 0, 0
}

// countByte counts a discarded byte, and gives up on a sequence that is too long.
func (d *decoder) countByte() {
	d.length++
	if d.length >= maxSequence {
		d.enter(stateGround)
	}
}

// nextEscape takes the byte after ESC. Alt with a key that means nothing discards the key.
func (d *decoder) nextEscape(b byte) {
	switch b {
	case '[':
		d.enter(stateCSI)
	case 'O':
		d.enter(stateSS3)
	case ']', 'P', 'X', '^', '_':
		d.enter(stateString)
	default:
		d.enter(stateGround)
	}
}

// nextCSI takes a byte after ESC [.
func (d *decoder) nextCSI(b byte) key {
	if b < '@' {
		d.addParam(b)
		return key{}
	}
	params, alt := string(d.params[:d.nparams]), d.alt
	d.enter(stateGround)
	switch {
	case b == '~' && params == pasteBegin:
		d.beginPaste()
	case b == 'M' && params == "": // X10 mouse report: three bytes follow
		d.enter(stateSkip)
		d.skip = 3
	case b == '[' && params == "": // a function key of the Linux console: one byte follows
		d.enter(stateSkip)
		d.skip = 1
	case 'A' <= b && b <= 'D' && params == "":
		d.sawCSIArrow = true
	}
	return csiKey(params, b, alt)
}

// nextSS3 takes a byte after ESC O. Some terminals send a digit before the final byte, for Ctrl
// and other modifiers.
func (d *decoder) nextSS3(b byte) key {
	if b < '@' {
		d.addParam(b)
		return key{}
	}
	held := parseModifiers(string(d.params[:d.nparams]))
	if d.alt {
		held |= modAlt
	}
	d.enter(stateGround)
	return ss3Key(b, held, d.sawCSIArrow)
}

// addParam keeps a parameter byte, up to maxParams of them.
func (d *decoder) addParam(b byte) {
	if d.nparams < maxParams {
		d.params[d.nparams] = b
		d.nparams++
	}
	d.countByte()
}

// nextRuneByte takes a byte of a non-ASCII character. Bytes that are not UTF-8 are dropped.
func (d *decoder) nextRuneByte(b byte) key {
	if utf8.RuneStart(b) {
		d.npending = 0
	} else if d.npending == 0 {
		return key{}
	}
	d.pending[d.npending] = b
	d.npending++
	if !utf8.FullRune(d.pending[:d.npending]) {
		return key{}
	}
	r, size := utf8.DecodeRune(d.pending[:d.npending])
	d.npending = 0
	if size == 1 {
		return key{}
	}
	return key{kind: keyRune, r: r}
}
