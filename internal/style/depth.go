package style

import "strings"

// Depth is how much a terminal can set apart: nothing, boldness, or so many
// colours.
type Depth uint8

const (
	// NoColour takes no sequences at all, not even for bold. It is the zero
	// Depth: who knows nothing about a terminal writes text.
	NoColour   Depth = iota
	Mono             // bold, faint, underlined and reversed, but no colours
	Ansi16           // the colours of the user's palette
	Ansi256          // and a cube of 216 that nearly all terminals agree about
	TrueColour       // 24 bits
)

// DetectDepth returns the depth of the terminal that an environment tells of. It
// believes TERM, which every SSH client sends, and COLORTERM, which few do.
//
// NO_COLOR asks for no colours (no-color.org) and leaves bold open. Those who
// set it mostly want text that they can copy and search, so they get text.
func DetectDepth(getenv func(string) string) Depth {
	term := getenv("TERM")
	if term == "" || term == "dumb" || getenv("NO_COLOR") != "" {
		return NoColour
	}
	if colorterm := getenv("COLORTERM"); colorterm == "truecolor" || colorterm == "24bit" {
		// GNU screen hands on the variable of the terminal that it runs in,
		// but not the colours.
		if !strings.HasPrefix(term, "screen") {
			return TrueColour
		}
	}
	switch {
	case strings.HasSuffix(term, "-direct"), termMatches(term, "xterm-kitty", "kitty", "alacritty", "foot", "wezterm", "xterm-ghostty", "ghostty"):
		return TrueColour
	case strings.HasSuffix(term, "-256color"):
		return Ansi256
	case termMatches(term, "xterm", "linux", "screen", "tmux", "rxvt", "vte", "konsole", "gnome", "putty", "cygwin", "ansi"):
		return Ansi16
	}
	return Mono // vt100, vt220 and all that nobody has heard of
}

// SupportsLinks reports whether the terminal takes OSC 8, links behind text. There is
// no asking, so it is a list of those that do or that at least swallow what
// they do not know. Most say xterm. The Linux console, old rxvt and what merely
// resembles a VT100 print part of it; GNU screen may, and tmux called screen
// drops it.
func SupportsLinks(getenv func(string) string) bool {
	return termMatches(getenv("TERM"), "xterm", "tmux", "kitty", "foot", "alacritty", "wezterm", "ghostty", "vte", "gnome", "konsole", "contour", "iterm2")
}

// termMatches reports whether term is one of the families, or a variant such as
// xterm-256color of xterm.
func termMatches(term string, families ...string) bool {
	for _, f := range families {
		if rest, ok := strings.CutPrefix(term, f); ok && (rest == "" || rest[0] == '-') {
			return true
		}
	}
	return false
}
