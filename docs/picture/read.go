package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// A view is what a window shows, and where its cursor is.
type view struct {
	lines [][]piece
	x, y  int
}

// A piece is text of one style that begins in a cell: a word and the spaces
// behind it, or one wide character.
type piece struct {
	text  string
	x     int // the first cell
	cells int
	style style
}

// A style is what escape sequences have set. A colour is #rrggbb, or "" for the
// window's own.
type style struct {
	bold, faint, italic, underline, reverse bool

	fore, back string
}

// read reads a screen as tmux captures it. What a line sets holds in the next.
func read(screen string) [][]piece {
	var s style
	var lines [][]piece
	for line := range strings.SplitSeq(screen, "\n") {
		var pieces []piece
		for x := 0; line != ""; {
			if n := s.take(line); n > 0 {
				line = line[n:]
				continue
			}
			// The first byte is text even where it is an ESC: a lone one.
			end := 1 + strings.IndexByte(line[1:]+"\x1b", '\x1b')
			pieces, x = split(pieces, line[:end], x, s)
			line = line[end:]
		}
		lines = append(lines, pieces)
	}
	return lines
}

// split appends the pieces of a text that begins in cell x, and returns the cell
// behind it.
func split(pieces []piece, text string, x int, s style) ([]piece, int) {
	for g := displaywidth.StringGraphemes(text); g.Next(); {
		cells := g.Width()
		if g.Value() < " " || cells == 0 {
			continue // XML has no control characters
		}
		if last := len(pieces) - 1; last >= 0 && cells == 1 && pieces[last].takes(g.Value(), s) {
			pieces[last].text += g.Value()
			pieces[last].cells++
		} else {
			pieces = append(pieces, piece{g.Value(), x, cells, s})
		}
		x += cells
	}
	return pieces, x
}

// takes reports whether a narrow character goes on with the piece.
func (p *piece) takes(next string, s style) bool {
	wide := p.cells != len([]rune(p.text))
	return p.style == s && !wide && (next == " " || !strings.HasSuffix(p.text, " "))
}

// take takes the escape sequence at the beginning of a line, and returns its
// length, 0 if there is none. All but SGR means nothing here: tmux has done it.
func (s *style) take(line string) int {
	if strings.HasPrefix(line, "\x1b]") { // a link, from newer versions of tmux
		if n := strings.Index(line, "\x1b\\"); n > 0 {
			return n + len("\x1b\\")
		}
	}
	params, ok := strings.CutPrefix(line, "\x1b[")
	if !ok {
		return 0
	}
	for i, c := range []byte(params) {
		if c >= '@' && c <= '~' {
			if c == 'm' {
				s.set(strings.Split(params[:i], ";"))
			}
			return len("\x1b[") + i + 1
		}
	}
	return 0
}

// set does what the parameters of an SGR sequence say.
func (s *style) set(params []string) {
	for i := 0; i < len(params); i++ {
		n, _ := strconv.Atoi(params[i]) // "" is 0
		switch {
		case n == 0:
			*s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.faint = true
		case n == 22:
			s.bold, s.faint = false, false
		case n == 3 || n == 23:
			s.italic = n == 3
		case n == 4 || n == 24:
			s.underline = n == 4
		case n == 7 || n == 27:
			s.reverse = n == 7
		case n >= 30 && n <= 37:
			s.fore = indexed(n - 30)
		case n >= 90 && n <= 97:
			s.fore = indexed(n - 90 + 8)
		case n >= 40 && n <= 47:
			s.back = indexed(n - 40)
		case n >= 100 && n <= 107:
			s.back = indexed(n - 100 + 8)
		case n == 39:
			s.fore = ""
		case n == 49:
			s.back = ""
		case n == 38 || n == 48:
			colour, used := extended(params[i+1:])
			if n == 38 {
				s.fore = colour
			} else {
				s.back = colour
			}
			i += used
		}
	}
}

// extended reads what follows 38 or 48: 5;N or 2;R;G;B.
func extended(params []string) (colour string, used int) {
	var n [4]int
	for i := range min(len(params), len(n)) {
		n[i], _ = strconv.Atoi(params[i])
	}
	switch {
	case n[0] == 5 && len(params) >= 2:
		return indexed(n[1]), 2
	case n[0] == 2 && len(params) >= 4:
		return rgb(n[1], n[2], n[3]), 4
	}
	return "", len(params)
}

// palette is the sixteen colours that every terminal has its own idea of.
var palette = [16]string{
	"#3b3a38", "#d16d6a", "#8aab5f", "#d8a657", "#7a9ec2", "#b48ead", "#7fb3a8", "#d8d4c8",
	"#7c786f", "#e58a86", "#a3c47a", "#e9c07a", "#97b9dc", "#cba6c4", "#99ccc1", "#f5f1e6",
}

// indexed is one of the 256 colours that terminals have numbers for: the
// palette, a cube of 6×6×6, and greys.
func indexed(n int) string {
	switch {
	case n < 0 || n > 255:
		return ""
	case n < 16:
		return palette[n]
	case n < 232:
		level := func(i int) int { return [6]int{0, 95, 135, 175, 215, 255}[i%6] }
		n -= 16
		return rgb(level(n/36), level(n/6), level(n))
	}
	grey := 8 + 10*(n-232)
	return rgb(grey, grey, grey)
}

func rgb(r, g, b int) string { return fmt.Sprintf("#%02x%02x%02x", r&255, g&255, b&255) }
