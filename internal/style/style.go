package style

import "strings"

// A Style is one way of showing talk. Looks that are == show everything with the
// same bytes, so that readers who have the same look can share their lines. The
// zero Style writes text alone.
type Style struct {
	Depth Depth
	Theme Theme

	// Width is how many cells the terminal has in a row, see [WrapWidth]. Zero is for
	// pipes: lines are not wrapped. Less than 20 counts as 20.
	Width int

	Links     bool // the terminal takes OSC 8, see [SupportsLinks]
	EastAsian bool // characters of ambiguous width take two cells

	Tabs bool // tabs stay as they are, for programs; a terminal gets spaces

	// Plain is for those who have the screen read to them: words alone, one
	// line for each line of talk, without colours, marks or folds.
	Plain bool
}

// The sequences that are in use, besides colours and links. Each sets one thing
// and has another that takes only that back; bold and faint share theirs.
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

	linkOn           = "\x1b]8;;" // then the URL, then st
	stringTerminator = "\x1b\\"
	linkOff          = linkOn + stringTerminator
)

// usesSequences reports whether there are sequences at all.
func (sty Style) usesSequences() bool { return sty.Depth > NoColour && !sty.Plain }

// surround sets s between on and off. Where s has an off of its own, on is said
// again, so that things may stand in each other.
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

// Faint returns s as it may be overlooked: times, for instance.
func (sty Style) Faint(s string) string {
	if !sty.usesSequences() || sty.Theme == Bright {
		return s
	}
	return surround(faintOn, s, weightOff)
}

// Notice returns s, which the house says, so that it does not look like talk.
func (sty Style) Notice(s string) string { return sty.Faint(s) }

// Highlight returns s as it must not be overlooked: that somebody has been
// mentioned. It swaps the user's own two colours, which go together on any
// background.
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

// italic underlines instead where slanted letters are unlikely: terminals with
// few colours show them reversed or in green.
func (sty Style) italic(s string) string {
	if sty.Theme == Ink || sty.Depth < Ansi256 {
		return sty.underline(s)
	}
	return surround(italicOn, s, italicOff)
}

func (sty Style) underline(s string) string { return surround(underlineOn, s, underlineOff) }

// Rule returns the line that begins a new day, or whatever text says. It is not
// wider than the width; the text is cut if it must be.
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
