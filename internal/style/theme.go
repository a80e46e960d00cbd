package style

import "slices"

// Theme is a taste: which of the things that a terminal can do are done.
type Theme uint8

const (
	// Tea is the default: names in colours, what the house says faint.
	Tea Theme = iota
	// Ink has no colours: bold, faint and underlined, as on paper.
	Ink
	// Bright is for eyes that need contrast: nothing is faint, and colours
	// stand out from black and from white as much as one colour can from both.
	Bright
)

// Themes returns the names of the themes, the default first.
func Themes() []string { return []string{"tea", "ink", "bright"} }

// ParseTheme returns the theme of that name.
func ParseTheme(name string) (Theme, bool) {
	i := slices.Index(Themes(), name)
	return Theme(max(i, 0)), i >= 0
}

func (t Theme) String() string { return Themes()[t] }
