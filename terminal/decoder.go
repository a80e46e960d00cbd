package terminal

import "unicode/utf8"

// decoder turns the terminal's bytes into keys. Bytes may come in any pieces:
// what is incomplete waits here, and everything that waits is bounded.
type decoder struct {
	state state
	cr    bool // the last byte was CR: an LF after it is the same Enter
	alt   bool // two ESC began the sequence: the key was pressed together with Alt
	csi   bool // an arrow has come as ESC [ x

	pending  [utf8.UTFMax]byte // the beginning of a character
	npending int

	params  [maxParams]byte // of an escape sequence, the first few
	nparams int
	length  int // of an escape sequence, of which most is not kept
	skip    int // bytes that still belong to a sequence

	paste    []byte // what is being pasted
	maxPaste int    // how much of that is kept
	marks    bool   // a paste has been marked
	overflow bool   // it was more
	matched  int    // how much of pasteEnd the last bytes were
}

type state uint8

const (
	ground   state = iota // text and control characters
	escaped               // after ESC
	sequence              // after ESC [
	single                // after ESC O
	str                   // after ESC ] and its like, until BEL or ESC \
	skipping              // after a sequence that has bytes beyond its end
	pasting               // after ESC [200~, until ESC [201~
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
	if d.state == pasting {
		return d.nextPasted(b)
	}
	cr := d.cr
	d.cr = b == '\r'
	if b == '\n' && cr {
		return key{}
	}
	if b == esc {
		twice := d.state == escaped
		d.enter(escaped)
		d.alt = twice
		if twice { // one might yet begin something
			return key{kind: keyCancel}
		}
		return key{}
	}
	if d.state == escaped && altKey(b) != keyNone {
		d.enter(ground)
		return key{kind: altKey(b)}
	}
	// A control character never belongs to a sequence: someone who has pressed
	// Escape by mistake is not cut off from ^C, nor for long from Enter. The same
	// holds for text outside of ASCII.
	if d.state != ground && (b < ' ' || b >= del) {
		d.enter(ground)
	}
	if d.state == ground {
		return d.nextOnGround(b)
	}
	return d.nextInSequence(b)
}

// pause tells that nothing has come for a moment: an ESC that waits for more is the
// key Escape. It returns what that means.
func (d *decoder) pause() key {
	if d.state != escaped {
		return key{}
	}
	d.enter(ground)
	return key{kind: keyCancel}
}

// nextOnGround takes a byte of text or a control character.
func (d *decoder) nextOnGround(b byte) key {
	if b >= utf8.RuneSelf {
		return d.nextOfRune(b)
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
	case escaped:
		d.nextEscaped(b)
	case sequence:
		return d.nextSequence(b)
	case single:
		return d.nextSingle(b)
	case str:
		d.count()
	case skipping:
		d.skip--
		if d.skip == 0 {
			d.enter(ground)
		}
	}
	return key{}
}

// enter changes the state and forgets what the old one had gathered.
func (d *decoder) enter(s state) {
	d.state = s
	d.npending, d.nparams, d.length = 0, 0, 0
}

// count counts a byte that is swallowed, and gives up on a sequence without end.
func (d *decoder) count() {
	d.length++
	if d.length >= maxSequence {
		d.enter(ground)
	}
}

// nextEscaped takes the byte after ESC. Alt together with a key that means
// nothing swallows the key.
func (d *decoder) nextEscaped(b byte) {
	switch b {
	case '[':
		d.enter(sequence)
	case 'O':
		d.enter(single)
	case ']', 'P', 'X', '^', '_':
		d.enter(str)
	default:
		d.enter(ground)
	}
}

// nextSequence takes a byte after ESC [.
func (d *decoder) nextSequence(b byte) key {
	if b < '@' {
		d.gather(b)
		return key{}
	}
	params, alt := string(d.params[:d.nparams]), d.alt
	d.enter(ground)
	switch {
	case b == '~' && params == pasteBegin:
		d.beginPaste()
	case b == 'M' && params == "": // the oldest mouse report: three bytes follow
		d.enter(skipping)
		d.skip = 3
	case b == '[' && params == "": // the Linux console's function keys: one follows
		d.enter(skipping)
		d.skip = 1
	case 'A' <= b && b <= 'D' && params == "":
		d.csi = true
	}
	return sequenceKey(params, b, alt)
}

// nextSingle takes a byte after ESC O. Some terminals have a digit before the last
// byte, which tells of Ctrl and the like.
func (d *decoder) nextSingle(b byte) key {
	if b < '@' {
		d.gather(b)
		return key{}
	}
	held := modifiers(string(d.params[:d.nparams]))
	if d.alt {
		held |= withAlt
	}
	d.enter(ground)
	return singleKey(b, held, d.csi)
}

// gather keeps a parameter's byte, of a sequence that is not too long.
func (d *decoder) gather(b byte) {
	if d.nparams < maxParams {
		d.params[d.nparams] = b
		d.nparams++
	}
	d.count()
}

// nextOfRune takes a byte of a character outside of ASCII. Bytes that are not
// UTF-8 are dropped.
func (d *decoder) nextOfRune(b byte) key {
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
