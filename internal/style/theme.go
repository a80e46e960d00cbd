package style

import "slices"

// A Theme is a user's taste: which of the terminal's abilities to use.
type Theme uint8

const (
	// Tea is the default: coloured names, and faint messages from the server.
	Tea Theme = iota
	// Ink has no colours: bold, faint and underlined text, as on paper.
	Ink
	// Bright has high contrast: nothing is faint, and colours have the highest contrast that one
	// colour can have to both black and white.
	Bright
)

// Themes returns the names of the themes, the default first.
func Themes() []string { return []string{"tea", "ink", "bright"} }

// ParseTheme returns the theme with the given name.
func ParseTheme(name string) (Theme, bool) {
	i := slices.Index(Themes(), name)
	return Theme(max(i, 0)), i >= 0
}
