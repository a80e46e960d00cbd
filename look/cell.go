package look

import (
	"math"

	"github.com/clipperhouse/displaywidth"

	"teahouse/cell"
)

// narrowest is the least width that lines are wrapped to.
const narrowest = 20

// limit is how many cells of a row are written. The last one stays free: some
// terminals begin a new row as soon as it is taken, others wait.
func (l Look) limit() int {
	if l.Width == 0 || l.Plain {
		return math.MaxInt
	}
	return max(l.Width, narrowest) - 1
}

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
