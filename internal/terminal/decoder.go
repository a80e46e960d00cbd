package terminal

import "unicode/utf8"

// decoder turns the terminal's bytes into keys. Bytes may come in any pieces:
// what is incomplete waits here, and everything that waits is bounded.
type decoder struct {
	state       decoderState
	lastCR      bool // the last byte was CR: an LF after it is the same Enter
	alt         bool // two ESC began the sequence: the key was pressed together with Alt
	sawCSIArrow bool // an arrow has come as ESC [ x

	pending  [utf8.UTFMax]byte // the beginning of a character
	npending int

	params  [maxParams]byte // of an escape sequence, the first few
	nparams int
	length  int // of an escape sequence, of which most is not kept
	skip    int // bytes that still belong to a sequence

	paste           []byte // what is being pasted
	maxPaste        int    // how much of that is kept
	sawMarkedPaste  bool   // a paste has been marked
	overflow        bool   // it was more
	pasteEndMatched int    // how much of pasteEnd the last bytes were
}

type decoderState uint8

const (
	stateGround decoderState = iota // text and control characters
	stateEscape                     // after ESC
	stateCSI                        // after ESC [
	stateSS3                        // after ESC O
	stateString                     // after ESC ] and its like, until BEL or ESC \
	stateSkip                       // after a sequence that has bytes beyond its end
	statePaste                      // after ESC [200~, until ESC [201~
)

const (
	maxParams = 16
	// maxSequence ends a sequence that does not end. The longest that a terminal
	// sends unasked are mouse reports, well below it.
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
		if twice { // one might yet begin something
			return key{kind: keyCancel}
		}
		return key{}
	}
	if d.state == stateEscape && altKey(b) != keyNone {
		d.enter(stateGround)
		return key{kind: altKey(b)}
	}
	// A control character never belongs to a sequence: someone who has pressed
	// Escape by mistake is not cut off from ^C, nor for long from Enter. The same
	// holds for text outside of ASCII.
	if d.state != stateGround && (b < ' ' || b >= del) {
		d.enter(stateGround)
	}
	if d.state == stateGround {
		return d.nextGround(b)
	}
	return d.nextInSequence(b)
}

// flushEscape tells that nothing has come for a moment: an ESC that waits for more is the
// key Escape. It returns what that means.
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

// nextInSequence takes a byte that belongs to an escape sequence of any kind.
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

// enter changes the state and forgets what the old one had gathered.
func (d *decoder) enter(s decoderState) {
	d.state = s
	d.npending, d.nparams, d.length = 0, 0, 0
}

// countByte counts a byte that is swallowed, and gives up on a sequence without end.
func (d *decoder) countByte() {
	d.length++
	if d.length >= maxSequence {
		d.enter(stateGround)
	}
}

// nextEscape takes the byte after ESC. Alt together with a key that means
// nothing swallows the key.
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
	case b == 'M' && params == "": // the oldest mouse report: three bytes follow
		d.enter(stateSkip)
		d.skip = 3
	case b == '[' && params == "": // the Linux console's function keys: one follows
		d.enter(stateSkip)
		d.skip = 1
	case 'A' <= b && b <= 'D' && params == "":
		d.sawCSIArrow = true
	}
	return csiKey(params, b, alt)
}

// nextSS3 takes a byte after ESC O. Some terminals have a digit before the last
// byte, which tells of Ctrl and the like.
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

// addParam keeps a parameter's byte, of a sequence that is not too long.
func (d *decoder) addParam(b byte) {
	if d.nparams < maxParams {
		d.params[d.nparams] = b
		d.nparams++
	}
	d.countByte()
}

// nextRuneByte takes a byte of a character outside of ASCII. Bytes that are not
// UTF-8 are dropped.
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
