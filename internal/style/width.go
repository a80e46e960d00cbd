package style

import (
	"math"

	"github.com/clipperhouse/displaywidth"

	"teahouse/internal/cellwidth"
)

const (
	// minWidth is the least width that lines are wrapped to.
	minWidth = 20
	// maxWidth is the most: lines that go on further are hard to read.
	maxWidth = 200
)

// WrapWidth returns the width that lines are wrapped to in a window so wide: no more than
// that, save where the window is too narrow for talk. Readers of nearly the same width
// share it, so that a line is rendered for 34 widths at most. Up to 120 cells no more
// than three of a row stay free, which nobody sees, as words do not end at its end either.
func WrapWidth(window int) int {
	const (
		ordinary     = 120
		step, stride = 4, 10
	)
	switch {
	case window <= minWidth:
		return minWidth
	case window < ordinary:
		return window / step * step
	}
	return min(window, maxWidth) / stride * stride
}

// rowLimit is how many cells of a row are written. The last one stays free: some
// terminals begin a new row as soon as it is taken, others wait.
func (sty Style) rowLimit() int {
	if sty.Width == 0 || sty.Plain {
		return math.MaxInt
	}
	return max(sty.Width, minWidth) - 1
}

// minTextCells is how many cells of text there are in a row at least, below any head.
func (sty Style) minTextCells() int { return sty.rowLimit() - min(maxHeadCells, (sty.rowLimit()+1)/3) }

func (sty Style) widthOptions() displaywidth.Options {
	return displaywidth.Options{EastAsianWidth: sty.EastAsian}
}

func (sty Style) clusterCells(cluster string) int { return cellwidth.Max(sty.widthOptions(), cluster) }

// width is the number of cells of a text without sequences.
func (sty Style) width(s string) int {
	sum := 0
	for g := sty.widthOptions().StringGraphemes(s); g.Next(); {
		sum += sty.clusterCells(g.Value())
	}
	return sum
}

// truncate returns as much of s as has room in so many cells.
func (sty Style) truncate(s string, cells int) string {
	at := 0
	for g := sty.widthOptions().StringGraphemes(s); g.Next(); at += len(g.Value()) {
		if cells -= sty.clusterCells(g.Value()); cells < 0 {
			return s[:at]
		}
	}
	return s
}
