package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// A screenView is what a window shows, and where its cursor is.
type screenView struct {
	lines [][]textRun
	x, y  int
}

// A textRun is text of one style at a cell: a word and the spaces after it, or one wide
// character.
type textRun struct {
	text  string
	x     int // the first cell
	cells int
	style textStyle
}

// A textStyle is what escape sequences have set. A colour is #rrggbb, or "" for the window's own.
type textStyle struct {
	bold, faint, italic, underline, reverse bool

	fg, bg string
}

// parseScreen parses a screen as tmux captures it. Styles continue on the next line.
func parseScreen(screen string) [][]textRun {
	var s textStyle
	var lines [][]textRun
	for line := range strings.SplitSeq(screen, "\n") {
		var pieces []textRun
		for x := 0; line != ""; {
			if n := s.parse(line); n > 0 {
				line = line[n:]
				continue
			}
			// The first byte is text, even if it is a lone ESC.
			end := 1 + strings.IndexByte(line[1:]+"\x1b", '\x1b')
			pieces, x = appendRuns(pieces, line[:end], x, s)
			line = line[end:]
		}
		lines = append(lines, pieces)
	}
	return lines
}

// appendRuns appends the runs of a text that begins in cell x, and returns the cell after it.
func appendRuns(pieces []textRun, text string, x int, s textStyle) ([]textRun, int) {
	for g := displaywidth.StringGraphemes(text); g.Next(); {
		cells := g.Width()
		if g.Value() < " " || cells == 0 {
			continue // XML has no control characters
		}
		if last := len(pieces) - 1; last >= 0 && cells == 1 && pieces[last].accepts(g.Value(), s) {
			pieces[last].text += g.Value()
			pieces[last].cells++
		} else {
			pieces = append(pieces, textRun{g.Value(), x, cells, s})
		}
		x += cells
	}
	return pieces, x
}

// accepts reports whether a narrow character continues the run.
func (r *textRun) accepts(next string, s textStyle) bool {
	wide := r.cells != len([]rune(r.text))
	return r.style == s && !wide && (next == " " || !strings.HasSuffix(r.text, " "))
}

// parse applies the escape sequence at the beginning of a line, and returns its length, or 0 if
// there is none. Only SGR matters here: tmux has handled the rest.
func (s *textStyle) parse(line string) int {
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
				s.applySGR(strings.Split(params[:i], ";"))
			}
			return len("\x1b[") + i + 1
		}
	}
	return 0
}

// applySGR applies the parameters of an SGR sequence.
func (s *textStyle) applySGR(params []string) {
	for i := 0; i < len(params); i++ {
		n, _ := strconv.Atoi(params[i]) // "" is 0
		switch {
		case n == 0:
			*s = textStyle{}
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
			s.fg = indexedColour(n - 30)
		case n >= 90 && n <= 97:
			s.fg = indexedColour(n - 90 + 8)
		case n >= 40 && n <= 47:
			s.bg = indexedColour(n - 40)
		case n >= 100 && n <= 107:
			s.bg = indexedColour(n - 100 + 8)
		case n == 39:
			s.fg = ""
		case n == 49:
			s.bg = ""
		case n == 38 || n == 48:
			colour, used := extendedColour(params[i+1:])
			if n == 38 {
				s.fg = colour
			} else {
				s.bg = colour
			}
			i += used
		}
	}
}

// extendedColour parses what follows 38 or 48: 5;N or 2;R;G;B.
func extendedColour(params []string) (colour string, used int) {
	var n [4]int
	for i := range min(len(params), len(n)) {
		n[i], _ = strconv.Atoi(params[i])
	}
	switch {
	case n[0] == 5 && len(params) >= 2:
		return indexedColour(n[1]), 2
	case n[0] == 2 && len(params) >= 4:
		return rgb(n[1], n[2], n[3]), 4
	}
	return "", len(params)
}

// palette has the sixteen colours that every terminal defines differently.
var palette = [16]string{
	"#3b3a38", "#d16d6a", "#8aab5f", "#d8a657", "#7a9ec2", "#b48ead", "#7fb3a8", "#d8d4c8",
	"#7c786f", "#e58a86", "#a3c47a", "#e9c07a", "#97b9dc", "#cba6c4", "#99ccc1", "#f5f1e6",
}

// indexedColour returns one of the 256 numbered colours of terminals: the palette, a cube of
// 6×6×6, and greys.
func indexedColour(n int) string {
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
