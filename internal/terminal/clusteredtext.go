package terminal

import (
	"slices"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// A clusteredText is a text and the grapheme clusters in it. To find these takes a hundred times
// as long as to copy them, so what a row had, has or may have again is kept with them.
type clusteredText struct {
	text  []byte  // valid UTF-8, every character printable, '\n', '\t' or a block's
	sizes []uint8 // of the clusters, in bytes
}

// maxCluster bounds a cluster in bytes: more marks than that climb over the
// lines of others. The longest emoji in use take about 40.
const maxCluster = 64

// bytesPerWork is how many bytes are copied or looked through in the time that it takes
// to find a cluster.
const bytesPerWork = 256

// splitClusters is a text as a piece. It costs much.
func splitClusters(text []byte) clusteredText {
	p := clusteredText{text: text}
	for at := 0; at < len(text); {
		n := nextClusterLen(text[at:])
		p.sizes = append(p.sizes, uint8(n))
		at += n
	}
	return p
}

// clone is a copy, with nothing to spare.
func (t clusteredText) clone() clusteredText {
	return clusteredText{append([]byte(nil), t.text...), append([]uint8(nil), t.sizes...)}
}

// insert puts another piece before a cluster that begins at a place. The two are
// neighbours: nothing of one joins the other.
func (t *clusteredText) insert(cluster, at int, other clusteredText) {
	t.text = slices.Insert(t.text, at, other.text...)
	t.sizes = slices.Insert(t.sizes, cluster, other.sizes...)
}

// trimClusters shortens every cluster of the text to maxCluster bytes, in place.
func trimClusters(text []byte) []byte {
	kept := text[:0]
	for g := displaywidth.BytesGraphemes(text); g.Next(); {
		cluster := g.Value()
		kept = append(kept, cluster[:nextClusterLen(cluster)]...)
	}
	return kept
}

// nextClusterLen is the size of the grapheme cluster that the text begins with, or
// of its first maxCluster bytes at most.
func nextClusterLen(text []byte) int {
	if n := standaloneLen(text); n > 0 && (n == len(text) || standaloneLen(text[n:]) > 0) {
		return n
	}
	g := displaywidth.BytesGraphemes(text[:min(len(text), maxCluster+utf8.UTFMax)])
	g.Next()
	n := len(g.Value())
	if n > maxCluster {
		n = maxCluster
		for !utf8.RuneStart(text[n]) {
			n--
		}
	}
	return n
}

// standaloneLen is the size of the text's first character if it never joins another of
// its kind, and 0 if it might. It knows of ASCII and of U+4000 to U+9FFF, which
// is most of Han, and spares them the search in the tables.
func standaloneLen(text []byte) int {
	switch b := text[0]; {
	case b < utf8.RuneSelf:
		return 1
	case 0xe4 <= b && b <= 0xe9:
		return 3
	}
	return 0
}

func sumSizes(sizes []uint8) int {
	sum := 0
	for _, n := range sizes {
		sum += int(n)
	}
	return sum
}
