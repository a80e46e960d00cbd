package style

import "testing"

// DetectDepth and SupportsLinks go by a list of terminals.
func TestDetectDepth(t *testing.T) {
	for _, test := range []struct {
		term, colorterm, noColour string
		depth                     Depth
		links                     bool
	}{
		{"", "", "", NoColour, false},
		{"dumb", "truecolor", "", NoColour, false},
		{"xterm-256color", "truecolor", "1", NoColour, true}, // no-color.org
		{"vt100", "", "", Mono, false},
		{"vt220", "", "", Mono, false},
		{"something", "", "", Mono, false},
		{"linux", "", "", Ansi16, false},
		{"xterm", "", "", Ansi16, true},
		{"xterm-256color", "", "", Ansi256, true},
		{"xterm-256color", "truecolor", "", TrueColour, true},
		{"xterm", "24bit", "", TrueColour, true},
		{"xterm-direct", "", "", TrueColour, true},
		{"xterm-kitty", "", "", TrueColour, true},
		{"xterm-ghostty", "", "", TrueColour, true},
		{"foot-extra", "", "", TrueColour, true},
		{"alacritty", "", "", TrueColour, true},
		{"tmux", "", "", Ansi16, true},
		{"tmux-256color", "", "", Ansi256, true},
		{"screen-256color", "truecolor", "", Ansi256, false}, // COLORTERM describes the terminal around screen
		{"screen.xterm-256color", "", "", Ansi256, false},
		{"xtermite", "", "", Mono, false},
	} {
		getenv := func(name string) string {
			return map[string]string{"TERM": test.term, "COLORTERM": test.colorterm, "NO_COLOR": test.noColour}[name]
		}
		if got := DetectDepth(getenv); got != test.depth {
			t.Errorf("for %+v the colour depth is %d", test, got)
		}
		if got := SupportsLinks(getenv); got != test.links {
			t.Errorf("for %+v links are supported: %v", test, got)
		}
	}
}

func TestThemesHaveNames(t *testing.T) {
	for _, name := range Themes() {
		if theme, ok := ParseTheme(name); !ok || Themes()[theme] != name {
			t.Errorf("the theme %s is read as %d, %v", name, theme, ok)
		}
	}
	if _, ok := ParseTheme("coffee"); ok {
		t.Error("ParseTheme accepts a theme that does not exist")
	}
}
