package cellwidth

import (
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Max is the largest number of cells that a terminal with a table of widths might
// give a grapheme cluster: as a whole, or rune by rune, as older ones do. A mark
// that takes a cell of its own in some of them takes one here, and a cluster is
// never for nothing.
func Max(table displaywidth.Options, cluster string) int {
	if len(cluster) == 1 {
		return 1
	}
	table = optionsFor(table, cluster)
	return max(table.String(cluster), sumRunes(table, cluster), 1)
}

// MaxBytes is Max of the bytes of a cluster.
func MaxBytes(table displaywidth.Options, cluster []byte) int {
	return Max(table, string(cluster))
}

// Typical is the number of cells that a modern terminal with a table of widths gives a
// cluster.
func Typical(table displaywidth.Options, cluster string) int {
	return optionsFor(table, cluster).String(cluster)
}

// optionsFor returns the table as it is for a cluster. Letters of alphabets, Cyrillic, Greek and
// Latin, are of ambiguous width by Unicode for the sake of old encodings, and terminals
// that draw signs wide have them narrow all the same.
func optionsFor(table displaywidth.Options, cluster string) displaywidth.Options {
	if table.EastAsianWidth {
		const beyond = '\u0530' // no such letter is ambiguous
		r, _ := utf8.DecodeRuneInString(cluster)
		table.EastAsianWidth = r >= beyond || !unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Latin)
	}
	return table
}

// sumRunes is the number of cells of a cluster rune by rune, or 0 where it is but one.
func sumRunes(table displaywidth.Options, cluster string) (sum int) {
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
