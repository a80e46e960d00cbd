package look

import (
	"math"

	"github.com/clipperhouse/displaywidth"

	"teahouse/cell"
)

const (
	// narrowest is the least width that lines are wrapped to.
	narrowest = 20
	// widest is the most: lines that go on further are hard to read.
	widest = 200
)

// Fitting returns the width that lines are wrapped to in a window so wide: no more than
// that, save where the window is too narrow for talk. Readers of nearly the same width
// share it, so that a line is rendered for 34 widths at most. Up to 120 cells no more
// than three of a row stay free, which nobody sees, as words do not end at its end either.
func Fitting(window int) int {
	const (
		ordinary     = 120
		step, stride = 4, 10
	)
	switch {
	case window <= narrowest:
		return narrowest
	case window < ordinary:
		return window / step * step
	}
	return min(window, widest) / stride * stride
}

// limit is how many cells of a row are written. The last one stays free: some
// terminals begin a new row as soon as it is taken, others wait.
func (l Look) limit() int {
	if l.Width == 0 || l.Plain {
		return math.MaxInt
	}
	return max(l.Width, narrowest) - 1
}

// leastText is how many cells of text there are in a row at least, below any head.
func (l Look) leastText() int { return l.limit() - min(widestHead, (l.limit()+1)/3) }

func (l Look) options() displaywidth.Options {
	return displaywidth.Options{EastAsianWidth: l.EastAsian}
}

func (l Look) cells(cluster string) int { return cell.String(l.options(), cluster) }

// width is the number of cells of a text without sequences.
func (l Look) width(s string) int {
	sum := 0
	for g := l.options().StringGraphemes(s); g.Next(); {
		sum += l.cells(g.Value())
	}
	return sum
}

// cut returns as much of s as has room in so many cells.
func (l Look) cut(s string, cells int) string {
	at := 0
	for g := l.options().StringGraphemes(s); g.Next(); at += len(g.Value()) {
		if cells -= l.cells(g.Value()); cells < 0 {
			return s[:at]
		}
	}
	return s
}
