package terminal

import (
	"slices"

	"github.com/clipperhouse/displaywidth"

	"teahouse/internal/cellwidth"
)

const (
	defaultWidth = 80
	minWidth     = 4
	maxWidth     = 1000
)

func clampWidth(columns int) int {
	if columns <= 0 {
		return defaultWidth
	}
	return min(max(columns, minWidth), maxWidth)
}

// widths is the width table to count with.
type widths displaywidth.Options

// likelyCells returns the number of cells that a modern terminal gives a text.
func (w widths) likelyCells(text []byte) (sum int) {
	for g := displaywidth.Options(w).BytesGraphemes(text); g.Next(); {
		sum += cellwidth.Typical(displaywidth.Options(w), string(g.Value()))
	}
	return sum
}

// maxCells returns the largest number of cells that a terminal might give a cluster.
func (w widths) maxCells(cluster []byte) int {
	return cellwidth.MaxBytes(displaywidth.Options(w), cluster)
}

// truncate returns the longest beginning of text that fits into so many cells in any terminal.
func (w widths) truncate(text []byte, cells int) []byte {
	at := 0
	for at < len(text) {
		n := nextClusterLen(text[at:])
		if cells -= w.maxCells(text[at : at+n]); cells < 0 {
			break
		}
		at += n
	}
	return text[:at]
}

// truncateLeft returns the longest end of text that fits into so many cells in any terminal.
func (w widths) truncateLeft(text []byte, cells int) []byte {
	sizes, at := splitClusters(text).sizes, len(text)
	for _, size := range slices.Backward(sizes) {
		before := at - int(size)
		if cells -= w.maxCells(text[before:at]); cells < 0 {
			break
		}
		at = before
	}
	return text[at:]
}

// fits reports whether a text fits into so many cells in any terminal.
func (w widths) fits(text []byte, cells int) bool {
	return cells >= 0 && len(w.truncate(text, cells)) == len(text)
}

// totalCells returns the largest number of cells that a terminal might give a text.
func (w widths) totalCells(text []byte) int {
	sum := 0
	for len(text) > 0 {
		n := nextClusterLen(text)
		sum += w.maxCells(text[:n])
		text = text[n:]
	}
	return sum
}
