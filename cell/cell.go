package cell

import (
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// String is the largest number of cells that a terminal with a table of widths might
// give a grapheme cluster: as a whole, or rune by rune, as older ones do. A mark
// that takes a cell of its own in some of them takes one here, and a cluster is
// never for nothing.
func String(table displaywidth.Options, cluster string) int {
	if len(cluster) == 1 {
		return 1
	}
	return max(table.String(cluster), runes(table, cluster), 1)
}

// Bytes is String of the bytes of a cluster.
func Bytes(table displaywidth.Options, cluster []byte) int {
	if len(cluster) == 1 {
		return 1
	}
	return max(table.Bytes(cluster), runes(table, string(cluster)), 1)
}

// runes is the number of cells of a cluster rune by rune, or 0 where it is but one.
func runes(table displaywidth.Options, cluster string) (sum int) {
	if _, n := utf8.DecodeRuneInString(cluster); n == len(cluster) {
		return 0
	}
	for _, r := range cluster {
		n := table.Rune(r)
		if n == 0 && unicode.Is(unicode.Mc, r) {
			n = 1
		}
		sum += n
	}
	return sum
}
