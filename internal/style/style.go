package style

import "strings"

// A Style is one way of showing lines. Styles that are == produce the same bytes, so readers with
// equal Styles can share rendered lines. The zero Style writes plain text.
type Style struct {
	Depth Depth
	Theme Theme

	// Width is the number of cells in a row, see [WrapWidth]. Zero means that lines are not
	// wrapped, as in a pipe. Less than 20 counts as 20.
	Width int

	Links     bool // the terminal accepts OSC 8, see [SupportsLinks]
	EastAsian bool // characters of ambiguous width take two cells

	Tabs bool // keep tabs, for programs; terminals get spaces

	// Plain is for screen readers: words alone, one line for each chat line, without colours,
	// marks or wrapping.
	Plain bool
}

// The sequences in use, besides colours and links. Each sets one attribute and has a counterpart
// that resets only that one; bold and faint share theirs.
const (
	boldOn       = "\x1b[1m"
	faintOn      = "\x1b[2m"
	weightOff    = "\x1b[22m"
	italicOn     = "\x1b[3m"
	italicOff    = "\x1b[23m"
	underlineOn  = "\x1b[4m"
	underlineOff = "\x1b[24m"
	reverseOn    = "\x1b[7m"
	reverseOff   = "\x1b[27m"
	colourOff    = "\x1b[39m"
	allOff       = "\x1b[0m"

	linkOn           = "\x1b]8;;" // then the URL and stringTerminator
	stringTerminator = "\x1b\\"
	linkOff          = linkOn + stringTerminator
)

// usesSequences reports whether the style has any sequences.
func (sty Style) usesSequences() bool { return sty.Depth > NoColour && !sty.Plain }

// surround puts s between on and off. If s contains off itself, on is repeated after it, so that
// styles can be nested.
func surround(on, s, off string) string {
	if s == "" {
		return ""
	}
	if strings.Contains(s, off) {
		s = strings.ReplaceAll(s, off, off+on)
	}
	return on + s + off
}

// Bold returns s in bold.
func (sty Style) Bold(s string) string {
	if !sty.usesSequences() {
		return s
	}
	return surround(boldOn, s, weightOff)
}

// Faint returns s in a style that is easily overlooked, for the time and the like.
func (sty Style) Faint(s string) string {
	if !sty.usesSequences() || sty.Theme == Bright {
		return s
	}
	return surround(faintOn, s, weightOff)
}

// Notice returns s, a message from the server, so that it does not look like chat.
func (sty Style) Notice(s string) string { return sty.Faint(s) }

// Highlight returns s so that nobody overlooks it, for mentions. It swaps the user's own two
// colours, which go together on any background.
func (sty Style) Highlight(s string) string {
	switch {
	case !sty.usesSequences():
		return s
	case sty.Theme == Ink:
		return surround(underlineOn, sty.Bold(s), underlineOff)
	case sty.Theme == Bright:
		return surround(reverseOn, sty.Bold(s), reverseOff)
	}
	return surround(reverseOn, s, reverseOff)
}

// italic underlines s instead on terminals with few colours, which often show italics reversed or
// in green.
func (sty Style) italic(s string) string {
	if sty.Theme == Ink || sty.Depth < Ansi256 {
		return sty.underline(s)
	}
	return surround(italicOn, s, italicOff)
}

func (sty Style) underline(s string) string { return surround(underlineOn, s, underlineOff) }

// Rule returns a separator line with a text, such as a new day's date. The text is cut if the
// line would be too wide.
func (sty Style) Rule(text string) string {
	if sty.Plain {
		return text
	}
	if line := ruleLine + " " + text + " " + ruleLine; sty.width(line) <= sty.rowLimit() {
		return sty.Faint(line)
	}
	return sty.Faint(sty.truncate(text, sty.rowLimit()))
}

const ruleLine = "────"
