package style

import (
	"math"

	"github.com/clipperhouse/displaywidth"

	"teahouse/internal/cellwidth"
)

const (
	// minWidth is the smallest width that lines are wrapped to.
	minWidth = 20
	// maxWidth is the largest: longer lines are hard to read.
	maxWidth = 200
)

// WrapWidth returns the width to wrap lines to in a window of the given width in cells. It is not
// wider than the window, unless that is too narrow for chat. Windows of nearly the same width
// share one, so that a line is rendered for at most 34 widths. Up to 120 cells, at most three
// cells of a row stay empty, which nobody notices, because words rarely end at the edge either.
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

// rowLimit is how many cells of a row are used. The last one stays empty: some terminals begin a
// new row as soon as it is taken, others wait.
func (sty Style) rowLimit() int {
	if sty.Width == 0 || sty.Plain {
		return math.MaxInt
	}
	return max(sty.Width, minWidth) - 1
}

// minTextCells is the least number of cells for text in a row, below any head.
func (sty Style) minTextCells() int { return sty.rowLimit() - min(maxHeadCells, (sty.rowLimit()+1)/3) }

func (sty Style) widthOptions() displaywidth.Options {
	return displaywidth.Options{EastAsianWidth: sty.EastAsian}
}

func (sty Style) clusterCells(cluster string) int { return cellwidth.Max(sty.widthOptions(), cluster) }

// width returns the number of cells of a text without sequences.
func (sty Style) width(s string) int {
	sum := 0
	for g := sty.widthOptions().StringGraphemes(s); g.Next(); {
		sum += sty.clusterCells(g.Value())
	}
	return sum
}

// truncate returns the longest beginning of s that fits into so many cells.
func (sty Style) truncate(s string, cells int) string {
	at := 0
	for g := sty.widthOptions().StringGraphemes(s); g.Next(); at += len(g.Value()) {
		if cells -= sty.clusterCells(g.Value()); cells < 0 {
			return s[:at]
		}
	}
	return s
}
