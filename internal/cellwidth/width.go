package cellwidth

import (
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Max returns the largest number of cells that a terminal with the given width table might use
// for a grapheme cluster: as a whole, or rune by rune, as older terminals count. A combining mark
// that takes a cell in some terminals counts as one, and no cluster counts as less than one.
func Max(table displaywidth.Options, cluster string) int {
	if len(cluster) == 1 {
		return 1
	}
	table = optionsFor(table, cluster)
	return max(table.String(cluster), sumRunes(table, cluster), 1)
}

// MaxBytes is [Max] for a cluster in a byte slice.
func MaxBytes(table displaywidth.Options, cluster []byte) int {
	return Max(table, string(cluster))
}

// Typical returns the number of cells that a modern terminal with the given width table uses for
// a grapheme cluster.
func Typical(table displaywidth.Options, cluster string) int {
	return optionsFor(table, cluster).String(cluster)
}

// optionsFor adapts the width table to a cluster. Unicode (UAX #11) calls Cyrillic, Greek and
// some Latin letters ambiguous for the sake of old East Asian encodings, but terminals that draw
// ambiguous symbols wide still draw these letters narrow.
func optionsFor(table displaywidth.Options, cluster string) displaywidth.Options {
	if table.EastAsianWidth {
		const beyond = '\u0530' // no such letter beyond this is ambiguous
		r, _ := utf8.DecodeRuneInString(cluster)
		table.EastAsianWidth = r >= beyond || !unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Latin)
	}
	return table
}

// sumRunes returns the number of cells of a cluster counted rune by rune, or 0 if it is a single
// rune.
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
