package style

import "strings"

// Depth is how many colours and attributes a terminal can show.
type Depth uint8

const (
	// NoColour allows no sequences at all, not even for bold. It is the zero Depth: without
	// knowledge of the terminal, write plain text.
	NoColour   Depth = iota
	Mono             // bold, faint, underline and reverse, but no colours
	Ansi16           // the 16 colours of the user's palette
	Ansi256          // and a colour cube that nearly all terminals agree on
	TrueColour       // 24-bit colours
)

// DetectDepth returns the depth of the terminal that the environment describes. It goes by TERM,
// which every SSH client sends, and COLORTERM, which few send.
//
// NO_COLOR (https://no-color.org) asks for no colours, and leaves open whether bold is allowed.
// Most people who set it want text that they can copy and search, so they get plain text.
func DetectDepth(getenv func(string) string) Depth {
	term := getenv("TERM")
	if term == "" || term == "dumb" || getenv("NO_COLOR") != "" {
		return NoColour
	}
	if colorterm := getenv("COLORTERM"); colorterm == "truecolor" || colorterm == "24bit" {
		// GNU screen passes on the variable of the terminal around it, but not the colours.
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
	return Mono // vt100, vt220 and everything unknown
}

// SupportsLinks reports whether the terminal accepts OSC 8, links behind text. A terminal cannot
// be asked, so this is a list of those that show links or at least ignore unknown sequences; most
// of them claim to be xterm. The Linux console, old rxvt and VT100 look-alikes print part of the
// sequence; GNU screen may, and tmux with TERM=screen drops it.
func SupportsLinks(getenv func(string) string) bool {
	return termMatches(getenv("TERM"), "xterm", "tmux", "kitty", "foot", "alacritty", "wezterm", "ghostty", "vte", "gnome", "konsole", "contour", "iterm2")
}

// termMatches reports whether term belongs to one of the families: xterm-256color belongs to
// xterm.
func termMatches(term string, families ...string) bool {
	for _, f := range families {
		if rest, ok := strings.CutPrefix(term, f); ok && (rest == "" || rest[0] == '-') {
			return true
		}
	}
	return false
}
