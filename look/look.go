package look

import "strings"

// A Look is one way of showing talk. Looks that are == show everything with the
// same bytes, so that readers who have the same look can share their lines. The
// zero Look writes text alone.
type Look struct {
	Depth Depth
	Theme Theme

	// Width is how many cells the terminal has in a row, see [Fitting]. Zero is for
	// pipes: lines are not wrapped. Less than 20 counts as 20.
	Width int

	Links     bool // the terminal takes OSC 8, see [LinksOf]
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

	linkOn  = "\x1b]8;;" // then the URL, then st
	st      = "\x1b\\"
	linkOff = linkOn + st
)

// styled reports whether there are sequences at all.
func (l Look) styled() bool { return l.Depth > NoColour && !l.Plain }

// within sets s between on and off. Where s has an off of its own, on is said
// again, so that things may stand in each other.
func within(on, s, off string) string {
	if s == "" {
		return ""
	}
	if strings.Contains(s, off) {
		s = strings.ReplaceAll(s, off, off+on)
	}
	return on + s + off
}

// Bold returns s in bold.
func (l Look) Bold(s string) string {
	if !l.styled() {
		return s
	}
	return within(boldOn, s, weightOff)
}

// Faint returns s as it may be overlooked: times, for instance.
func (l Look) Faint(s string) string {
	if !l.styled() || l.Theme == Bright {
		return s
	}
	return within(faintOn, s, weightOff)
}

// Notice returns s, which the house says, so that it does not look like talk.
func (l Look) Notice(s string) string { return l.Faint(s) }

// Highlight returns s as it must not be overlooked: that somebody has been
// mentioned. It swaps the user's own two colours, which go together on any
// background.
func (l Look) Highlight(s string) string {
	switch {
	case !l.styled():
		return s
	case l.Theme == Ink:
		return within(underlineOn, l.Bold(s), underlineOff)
	case l.Theme == Bright:
		return within(reverseOn, l.Bold(s), reverseOff)
	}
	return within(reverseOn, s, reverseOff)
}

// italic underlines instead where slanted letters are unlikely: terminals with
// few colours show them reversed or in green.
func (l Look) italic(s string) string {
	if l.Theme == Ink || l.Depth < Ansi256 {
		return l.underline(s)
	}
	return within(italicOn, s, italicOff)
}

func (l Look) underline(s string) string { return within(underlineOn, s, underlineOff) }

// Rule returns the line that begins a new day, or whatever text says. It is not
// wider than the width; the text is cut if it must be.
func (l Look) Rule(text string) string {
	if l.Plain {
		return text
	}
	if line := ruler + " " + text + " " + ruler; l.width(line) <= l.limit() {
		return l.Faint(line)
	}
	return l.Faint(l.cut(text, l.limit()))
}

const ruler = "────"
