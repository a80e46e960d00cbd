package style

import (
	"strconv"
	"strings"
)

// An sgrState is what the terminal has been told about the text that follows: everything that the
// end of a row must reset and the next row must set again.
type sgrState struct {
	bold, faint, italic, underline, reverse bool

	colour string // the sequence, or ""
	url    string // of the current link
}

// maxSGR is the length of the longest sequence other than a link: \x1b[38;2;r;g;bm.
const maxSGR = 20

// parse applies the sequence at the beginning of s and returns its length, or 0 if this package
// does not write that sequence.
func (g *sgrState) parse(s string) int {
	if target, ok := strings.CutPrefix(s, linkOn); ok {
		return g.parseLink(target)
	}
	m := strings.IndexByte(s[:min(len(s), maxSGR)], 'm')
	if m < 0 {
		return 0
	}
	switch seq := s[:m+1]; seq {
	case boldOn:
		g.bold = true
	case faintOn:
		g.faint = true
	case weightOff:
		g.bold, g.faint = false, false
	case italicOn, italicOff:
		g.italic = seq == italicOn
	case underlineOn, underlineOff:
		g.underline = seq == underlineOn
	case reverseOn, reverseOff:
		g.reverse = seq == reverseOn
	case colourOff:
		g.colour = ""
	case allOff:
		*g = sgrState{url: g.url}
	default:
		if !isColour(seq) {
			return 0
		}
		g.colour = seq
	}
	return m + 1
}

// parseLink does what parse does, for the rest of a link's sequence.
func (g *sgrState) parseLink(s string) int {
	n := 0
	for n < len(s) && n <= maxURL && s[n] > ' ' && s[n] <= '~' {
		n++
	}
	if n > maxURL || !strings.HasPrefix(s[n:], stringTerminator) {
		return 0
	}
	g.url = s[:n]
	return len(linkOn) + n + len(stringTerminator)
}

// isColour reports whether seq, which ends in m, sets the foreground colour.
func isColour(seq string) bool {
	params := strings.TrimSuffix(strings.TrimPrefix(seq, "\x1b["), "m")
	if len(params)+3 != len(seq) {
		return false
	}
	if len(params) == 2 && params[0] == '3' && params[1] >= '0' && params[1] <= '7' {
		return true
	}
	if n, ok := strings.CutPrefix(params, "38;5;"); ok {
		return isByte(n)
	}
	n, ok := strings.CutPrefix(params, "38;2;")
	r, n, _ := strings.Cut(n, ";")
	g, b, _ := strings.Cut(n, ";")
	return ok && isByte(r) && isByte(g) && isByte(b)
}

func isByte(s string) bool {
	_, err := strconv.ParseUint(s, 10, 8)
	return err == nil
}

// appendReset appends the sequences that reset everything.
func (g *sgrState) appendReset(dst []byte) []byte {
	if g.url != "" {
		dst = append(dst, linkOff...)
	}
	if *g != (sgrState{url: g.url}) {
		dst = append(dst, allOff...)
	}
	return dst
}

// appendRestore appends the sequences that set everything again after appendReset.
func (g *sgrState) appendRestore(dst []byte) []byte {
	for _, s := range []struct {
		set bool
		seq string
	}{{g.bold, boldOn}, {g.faint, faintOn}, {g.italic, italicOn}, {g.underline, underlineOn}, {g.reverse, reverseOn}} {
		if s.set {
			dst = append(dst, s.seq...)
		}
	}
	dst = append(dst, g.colour...)
	if g.url != "" {
		dst = append(append(append(dst, linkOn...), g.url...), stringTerminator...)
	}
	return dst
}
