package style

import (
	"fmt"
	"hash/fnv"
	"math"
	"sync"
)

// Name returns a name in its user's colour. The colour depends on seed alone, so it stays the
// same: seed is the fingerprint of the user's key, or the name if there is no key. Names are bold
// if the style has no colours, or has only the palette's and a theme that wants contrast.
//
// The colours are readable on black, on white and on most other backgrounds, because a terminal
// does not tell which one it has.
func (sty Style) Name(name, seed string) string {
	if !sty.usesSequences() {
		return name
	}
	if sty.Theme == Ink || sty.Depth == Mono || sty.Depth == Ansi16 && sty.Theme == Bright {
		return sty.Bold(name)
	}
	h := fnv.New64a()
	h.Write([]byte(seed))
	sum := h.Sum64()
	if sty.Depth == Ansi16 {
		// Not bold as well: some terminals show that in a lighter colour, which is hard to see on
		// white.
		return surround(indexedColour(palette[sum%uint64(len(palette))]), name, colourOff)
	}
	return surround(sty.hueSequence(sum), sty.Bold(name), colourOff)
}

// palette holds the colours of names on terminals with sixteen colours: red, green, magenta and
// cyan, as the user's palette defines them. Yellow is too light for a white background in most
// palettes, and blue too dark for a black one in the old ones (xterm, VGA).
var palette = [...]uint8{1, 2, 5, 6}

// colours256 holds those of the 256 colours that have a contrast of 4 or more to both black and
// white and are not grey, in order of hue. Users' colours depend on this order: do not change it.
var colours256 = [...]uint8{131, 161, 130, 64, 28, 29, 30, 31, 27, 63, 98, 99, 129, 133, 164, 163}

// hueSequence returns the sequence for a name's colour. If the terminal can show it, hues are one
// degree apart.
func (sty Style) hueSequence(sum uint64) string {
	if sty.Depth == Ansi256 {
		return indexedColour(colours256[sum%uint64(len(colours256))])
	}
	return sty.colourSequence(sum % hueCount)
}

const (
	// chroma is nearly the highest that all hues can have at these luminances.
	chroma = 0.12
	// readable is a luminance between those of dark and light themes: its contrast is 3.9 to
	// #1e1e1e and to #fdf6e3, and higher to black and white.
	readable = 0.20
	// equalContrast has a contrast of 4.58 to black and to white, the highest that one colour can
	// have to both.
	equalContrast = 0.179
)

// hueCount is the number of hues, one degree apart.
const hueCount = 360

// colourSequence returns the sequence for a hue in degrees.
func (sty Style) colourSequence(hue uint64) string {
	if sty.Theme == Bright {
		return hueSequences().equal[hue]
	}
	return hueSequences().readable[hue]
}

// hueSequences holds the sequences of all hues for both luminances. Computing one takes as long
// as rendering a hundred letters, and a text can need a thousand.
var hueSequences = sync.OnceValue(func() (h struct{ readable, equal [hueCount]string }) {
	for hue := range hueCount {
		h.readable[hue] = colourOfLuminance(float64(hue), readable).sequence()
		h.equal[hue] = colourOfLuminance(float64(hue), equalContrast).sequence()
	}
	return h
})

func indexedColour(n uint8) string {
	if n < 8 {
		return fmt.Sprintf("\x1b[3%dm", n)
	}
	return fmt.Sprintf("\x1b[38;5;%dm", n)
}

type rgb struct{ r, g, b uint8 }

func (c rgb) sequence() string { return fmt.Sprintf("\x1b[38;2;%d;%d;%dm", c.r, c.g, c.b) }

// colourOfLuminance returns the colour with the given hue and relative luminance y (WCAG 2).
// OKLCH spaces hues evenly, but its lightness is not that luminance, so the function searches for
// it.
func colourOfLuminance(degrees, y float64) rgb {
	low, high := 0.0, 1.0
	for range 16 {
		mid := (low + high) / 2
		if r, g, b := oklchToLinear(mid, degrees); 0.2126*r+0.7152*g+0.0722*b < y {
			low = mid
		} else {
			high = mid
		}
	}
	r, g, b := oklchToLinear(low, degrees)
	return rgb{encodeSRGB(r), encodeSRGB(g), encodeSRGB(b)}
}

// oklchToLinear converts an OKLCH colour to linear sRGB components, clamped to the gamut. See
// https://bottosson.github.io/posts/oklab/.
func oklchToLinear(lightness, degrees float64) (r, g, b float64) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	A, B := chroma*cos, chroma*sin
	l := cube3(lightness + 0.3963377774*A + 0.2158037573*B)
	m := cube3(lightness - 0.1055613458*A - 0.0638541728*B)
	s := cube3(lightness - 0.0894841775*A - 1.2914855480*B)
	return clamp(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		clamp(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		clamp(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s)
}

func cube3(x float64) float64 { return x * x * x }

func clamp(x float64) float64 { return min(max(x, 0), 1) }

// encodeSRGB converts a linear component to an sRGB byte.
func encodeSRGB(x float64) uint8 {
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * x))
}
