package style

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// luminance returns the relative luminance (WCAG 2).
func (c rgb) luminance() float64 {
	part := func(b uint8) float64 {
		x := float64(b) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.r) + 0.7152*part(c.g) + 0.0722*part(c.b)
}

func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// The server does not know whether a terminal is dark or light, so each colour must be readable
// on both.
func TestColourContrast(t *testing.T) {
	black, white := rgb{}, rgb{255, 255, 255}
	dark, light := rgb{0x1e, 0x1e, 0x1e}, rgb{0xfd, 0xf6, 0xe3}
	check := func(what string, c rgb, least float64) {
		t.Helper()
		for _, ground := range []rgb{black, white} {
			if got := contrast(c, ground); got < least {
				t.Errorf("%s %v on %v has a contrast of %.2f, want at least %.2f", what, c, ground, got, least)
			}
		}
		for _, ground := range []rgb{dark, light} {
			if got := contrast(c, ground); got < 3 {
				t.Errorf("%s %v on %v has a contrast of only %.2f", what, c, ground, got)
			}
		}
	}
	for degrees := range 360 {
		check("tea", colourOfLuminance(float64(degrees), readable), 4)
		check("bright", colourOfLuminance(float64(degrees), equalContrast), 4.5)
	}
	levels := [...]uint8{0, 95, 135, 175, 215, 255}
	for _, n := range colours256 {
		k := n - 16
		check(fmt.Sprint("cube ", n), rgb{levels[k/36], levels[k/6%6], levels[k%6]}, 4)
	}
}

// A user has the same colour in every session, on every server, and in the next release.
func TestNameKeepsItsColour(t *testing.T) {
	const key = "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGuDHOQ0kwDJyNDwBaQ"
	for _, test := range []struct {
		sty  Style
		want string
	}{
		{Style{}, "alice"},
		{Style{Depth: TrueColour, Plain: true}, "alice"},
		{Style{Depth: Mono}, "\x1b[1malice\x1b[22m"},
		{Style{Depth: Ansi16}, "\x1b[36malice\x1b[39m"},
		{Style{Depth: Ansi16, Theme: Bright}, "\x1b[1malice\x1b[22m"},
		{Style{Depth: TrueColour, Theme: Ink}, "\x1b[1malice\x1b[22m"},
		{Style{Depth: Ansi256}, "\x1b[38;5;163m\x1b[1malice\x1b[22m\x1b[39m"},
		{Style{Depth: TrueColour}, "\x1b[38;2;163;115;9m\x1b[1malice\x1b[22m\x1b[39m"},
		{Style{Depth: TrueColour, Theme: Bright}, "\x1b[38;2;156;109;0m\x1b[1malice\x1b[22m\x1b[39m"},
	} {
		if got := test.sty.Name("alice", key); got != test.want {
			t.Errorf("with %+v a name is written as %q, want %q", test.sty, got, test.want)
		}
	}
}

func TestNamesDiffer(t *testing.T) {
	for depth, least := range map[Depth]int{Ansi16: len(palette), Ansi256: len(colours256), TrueColour: 100} {
		seen := map[string]bool{}
		for i := range 200 {
			name := Style{Depth: depth}.Name("x", fmt.Sprint("seed ", i))
			colour, _, _ := strings.Cut(name, "x")
			seen[colour] = true
		}
		if len(seen) < least {
			t.Errorf("with colour depth %d, 200 people have %d colours, want at least %d", depth, len(seen), least)
		}
	}
}
