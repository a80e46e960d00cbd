package terminal

import (
	"slices"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// A clusteredText is a text with the lengths of its grapheme clusters. Finding clusters takes a
// hundred times as long as copying them, so the row, its history and its undo log keep them.
type clusteredText struct {
	text  []byte  // valid UTF-8; every character is printable, '\n', '\t' or stands for a block
	sizes []uint8 // lengths of the clusters in bytes
}

// maxCluster is the greatest length of a cluster in bytes. With more combining marks it would
// reach into other users' lines. The longest emoji in use take about 40.
const maxCluster = 64

// bytesPerWork is how many bytes can be copied or searched in the time that it takes to find one
// cluster.
const bytesPerWork = 256

// splitClusters finds the clusters of text. That is expensive.
func splitClusters(text []byte) clusteredText {
	p := clusteredText{text: text}
	for at := 0; at < len(text); {
		n := nextClusterLen(text[at:])
		p.sizes = append(p.sizes, uint8(n))
		at += n
	}
	return p
}

// clone returns a copy without spare capacity.
func (t clusteredText) clone() clusteredText {
	return clusteredText{append([]byte(nil), t.text...), append([]uint8(nil), t.sizes...)}
}

// insert inserts other before the given cluster, which begins at byte at. No character of other
// may combine with its new neighbours.
func (t *clusteredText) insert(cluster, at int, other clusteredText) {
	t.text = slices.Insert(t.text, at, other.text...)
	t.sizes = slices.Insert(t.sizes, cluster, other.sizes...)
}

// trimClusters shortens every cluster of text to maxCluster bytes, in place.
func trimClusters(text []byte) []byte {
	kept := text[:0]
	for g := displaywidth.BytesGraphemes(text); g.Next(); {
		cluster := g.Value()
		kept = append(kept, cluster[:nextClusterLen(cluster)]...)
	}
	return kept
}

// nextClusterLen returns the length of the grapheme cluster that text begins with, at most
// maxCluster bytes.
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

// standaloneLen returns the length of text's first character if two such characters never
// combine, and 0 if they might. It knows ASCII and U+4000 to U+9FFF, which is most of Han, and
// saves them the search in the tables.
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
