package terminal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// A screen emulates a terminal: a grid of cells, with everything that has scrolled off. It knows
// the sequences that this package may send and reports an error for any other.
type screen struct {
	columns, height int
	lines           []*screenLine // the last height of them are in the window
	x, y            int           // y counts from the first line that ever was
	wrapNext        bool          // the last column is written, and the cursor is still in it
	savedX, savedY  int
	paste           bool // ?2004
	byRune          bool // an old terminal, which gives each rune its own cells
	err             error
}

type screenLine struct {
	cells   []string // "" in the second cell of a wide character
	wrapped bool     // continues on the next line
}

func newScreen(columns, height int) *screen {
	return &screen{columns: columns, height: height, lines: []*screenLine{{}}}
}

func (s *screen) top() int { return max(len(s.lines)-s.height, 0) }

func (s *screen) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}

// write takes output of the package. Sequences and clusters must be complete in each write.
func (s *screen) write(p []byte) {
	if !utf8.Valid(p) {
		s.fail("not UTF-8: %q", p)
	}
	for out := string(p); out != "" && s.err == nil; {
		switch n := strings.IndexFunc(out, unicode.IsControl); {
		case n < 0:
			s.print(out)
			return
		case n > 0:
			s.print(out[:n])
			out = out[n:]
		case out[0] == '\x1b':
			out = s.escape(out[1:])
		default:
			s.control(out[0])
			out = out[1:]
		}
	}
}

func (s *screen) control(b byte) {
	s.wrapNext = false
	switch b {
	case '\r':
		s.x = 0
	case '\n':
		s.y++
		if s.y == len(s.lines) {
			s.lines = append(s.lines, &screenLine{})
		}
	case '\b':
		s.x = max(s.x-1, 0)
	default:
		s.fail("control character %q", b)
	}
}

func (s *screen) escape(out string) string {
	switch {
	case strings.HasPrefix(out, "7"):
		s.savedX, s.savedY = s.x, s.y
		return out[1:]
	case strings.HasPrefix(out, "8"):
		s.x, s.y, s.wrapNext = s.savedX, s.savedY, false
		return out[1:]
	case !strings.HasPrefix(out, "["):
		s.fail("unknown sequence ESC %.10q", out)
		return ""
	}
	end := strings.IndexFunc(out[1:], func(r rune) bool { return r >= '@' })
	if end < 0 {
		s.fail("sequence without end")
		return ""
	}
	s.sequence(out[1 : end+2])
	return out[end+2:]
}

func (s *screen) sequence(seq string) {
	s.wrapNext = false
	switch seq {
	case "K":
		s.erase(s.y, s.x)
	case "J":
		s.erase(s.y, s.x)
		s.lines = s.lines[:s.y+1]
	case "H":
		s.x, s.y = 0, s.top()
	case "2J":
		for y := s.top(); y < len(s.lines); y++ {
			s.erase(y, 0)
		}
	case "?2004h":
		s.paste = true
	case "?2004l":
		s.paste = false
	default:
		n, err := strconv.Atoi(strings.TrimSuffix(seq, "A"))
		if err != nil || n < 1 || n > 1000 || seq[len(seq)-1] != 'A' {
			s.fail("unknown sequence ESC [%.20q", seq)
		}
		s.y = max(s.y-n, s.top())
	}
}

func (s *screen) erase(y, from int) {
	line := s.lines[y]
	line.wrapped = false
	if from < len(line.cells) {
		s.unpair(line, from)
		line.cells = line.cells[:from]
	}
}

// unpair blanks the wide character whose second cell is at x.
func (s *screen) unpair(line *screenLine, x int) {
	if x > 0 && x < len(line.cells) && line.cells[x] == "" {
		line.cells[x-1] = " "
		line.cells[x] = " "
	}
}

func (s *screen) print(text string) {
	if s.byRune {
		for _, r := range text {
			s.put(string(r), displaywidth.Rune(r))
		}
		return
	}
	for g := displaywidth.StringGraphemes(text); g.Next(); {
		s.put(g.Value(), g.Width())
	}
}

func (s *screen) put(c string, width int) {
	line := s.lines[s.y]
	if width == 0 { // a mark combines with what is before it
		if x := s.x - 1; x >= 0 && x < len(line.cells) {
			if line.cells[x] == "" {
				x--
			}
			line.cells[x] += c
		}
		return
	}
	if s.wrapNext || s.x+width > s.columns {
		line.wrapped = true
		s.control('\n')
		s.x = 0
		line = s.lines[s.y]
	}
	for len(line.cells) < s.x+width {
		line.cells = append(line.cells, " ")
	}
	s.unpair(line, s.x)
	s.unpair(line, s.x+width)
	line.cells[s.x] = c
	for i := 1; i < width; i++ {
		line.cells[s.x+i] = ""
	}
	s.x += width
	if s.x == s.columns {
		s.x, s.wrapNext = s.columns-1, true
	}
}

// resize wraps and unwraps the lines, as most terminals do. A cursor at the very end of a line
// stays in the row that it fills, as in tmux.
func (s *screen) resize(columns int) {
	var folded []*screenLine
	x, y := s.x, 0
	if s.wrapNext {
		x++
	}
	for i := 0; i < len(s.lines); i++ {
		line := &screenLine{cells: slices.Clone(s.lines[i].cells)}
		here := i == s.y
		for s.lines[i].wrapped && i+1 < len(s.lines) {
			if i++; i == s.y {
				here = true
				x += len(line.cells)
			}
			line.cells = append(line.cells, s.lines[i].cells...)
		}
		rows := fold(line, columns)
		if here {
			y = len(folded)
			for _, row := range rows[:len(rows)-1] {
				if x < len(row.cells) {
					break
				}
				x -= len(row.cells)
				y++
			}
		}
		folded = append(folded, rows...)
	}
	s.lines, s.columns, s.x, s.y = folded, columns, min(x, columns-1), y
	s.wrapNext = x == columns
}

func fold(line *screenLine, columns int) []*screenLine {
	var folded []*screenLine
	cells := line.cells
	for len(cells) > columns {
		n := columns
		if cells[n] == "" { // a wide character stays whole
			n--
		}
		folded = append(folded, &screenLine{cells: cells[:n:n], wrapped: true})
		cells = cells[n:]
	}
	return append(folded, &screenLine{cells: cells})
}

// line returns the cursor's line without trailing spaces.
func (s *screen) line() string { return s.lines[s.y].String() }

func (l *screenLine) String() string { return strings.TrimRight(strings.Join(l.cells, ""), " ") }

// String returns all lines, including those that have scrolled off.
func (s *screen) String() string {
	var b strings.Builder
	for _, line := range s.lines {
		b.WriteString(line.String() + "\n")
	}
	return b.String()
}
