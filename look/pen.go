package look

import (
	"strconv"
	"strings"
)

// A pen is what the terminal has been told about the text that follows: all
// that is to be taken back at the end of a line and said again on the next.
type pen struct {
	bold, faint, italic, underline, reverse bool

	colour string // the sequence, or ""
	url    string // of the link
}

// maxSGR is the length of the longest sequence but for links: \x1b[38;2;r;g;bm.
const maxSGR = 20

// take reads the sequence at the beginning of s and returns its length. It is 0
// for all sequences that this package does not write.
func (p *pen) take(s string) int {
	if target, ok := strings.CutPrefix(s, linkOn); ok {
		return p.takeLink(target)
	}
	m := strings.IndexByte(s[:min(len(s), maxSGR)], 'm')
	if m < 0 {
		return 0
	}
	switch seq := s[:m+1]; seq {
	case boldOn:
		p.bold = true
	case faintOn:
		p.faint = true
	case weightOff:
		p.bold, p.faint = false, false
	case italicOn, italicOff:
		p.italic = seq == italicOn
	case underlineOn, underlineOff:
		p.underline = seq == underlineOn
	case reverseOn, reverseOff:
		p.reverse = seq == reverseOn
	case colourOff:
		p.colour = ""
	case allOff:
		*p = pen{url: p.url}
	default:
		if !isColour(seq) {
			return 0
		}
		p.colour = seq
	}
	return m + 1
}

// takeLink is take behind the beginning of a link.
func (p *pen) takeLink(s string) int {
	n := 0
	for n < len(s) && n <= maxURL && s[n] > ' ' && s[n] <= '~' {
		n++
	}
	if n > maxURL || !strings.HasPrefix(s[n:], st) {
		return 0
	}
	p.url = s[:n]
	return len(linkOn) + n + len(st)
}

// isColour reports whether seq, which ends with m, sets the colour of text.
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

// lift appends what takes everything back.
func (p *pen) lift(dst []byte) []byte {
	if p.url != "" {
		dst = append(dst, linkOff...)
	}
	if *p != (pen{url: p.url}) {
		dst = append(dst, allOff...)
	}
	return dst
}

// lower appends what sets everything again after lift.
func (p *pen) lower(dst []byte) []byte {
	for _, s := range []struct {
		set bool
		seq string
	}{{p.bold, boldOn}, {p.faint, faintOn}, {p.italic, italicOn}, {p.underline, underlineOn}, {p.reverse, reverseOn}} {
		if s.set {
			dst = append(dst, s.seq...)
		}
	}
	dst = append(dst, p.colour...)
	if p.url != "" {
		dst = append(append(append(dst, linkOn...), p.url...), st...)
	}
	return dst
}
