package terminal

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// blocks are pasted lines, each of which the row shows as a single cluster. In the text a block
// is one character, firstBlock or one of those after it. These are control characters, so nobody
// can type them, and they never combine with their neighbours. The zero value is empty.
type blocks []block

type block struct {
	text  string // "" if the slot is free
	label string // what the row shows
	cells int    // the width of the label
}

const (
	firstBlock = '\u0080'
	maxBlocks  = 32
	blockSize  = len(string(firstBlock))
)

// blockIndex returns the index of the block that text begins with, or -1.
func blockIndex(text []byte) int {
	if len(text) >= blockSize && text[0] == 0xc2 && text[1] < 0xa0 {
		return int(text[1] - 0x80)
	}
	return -1
}

// add adds a block and returns its character, or "" if there are too many blocks.
func (b *blocks) add(text, label string, cells int) string {
	i := 0
	for i < len(*b) && (*b)[i].text != "" {
		i++
	}
	if i == maxBlocks {
		return ""
	}
	if i == len(*b) {
		*b = append(*b, block{})
	}
	(*b)[i] = block{text, label, cells}
	return string(firstBlock + rune(i))
}

// full reports whether there is no room for another block.
func (b blocks) full() bool {
	return len(b) == maxBlocks && !slices.ContainsFunc(b, func(one block) bool { return one.text == "" })
}

// expandedLen returns the length of text with its blocks expanded, in bytes.
func (b blocks) expandedLen(text []byte) int { return len(text) + b.extraLen(text) }

// extraLen returns by how many bytes text grows when its blocks are expanded.
func (b blocks) extraLen(text []byte) (n int) {
	if b == nil {
		return 0
	}
	for {
		i := bytes.IndexByte(text, string(firstBlock)[0])
		if i < 0 {
			return n
		}
		if id := blockIndex(text[i:]); id >= 0 {
			n += len(b[id].text) - blockSize
		}
		text = text[i+1:]
	}
}

// totalBytes returns the length of all blocks together.
func (b blocks) totalBytes() int {
	n := 0
	for _, one := range b {
		n += len(one.text)
	}
	return n
}

// expand returns text with its blocks replaced by their lines.
func (b blocks) expand(text []byte) []byte {
	if b == nil {
		return text
	}
	out := make([]byte, 0, b.expandedLen(text))
	for len(text) > 0 {
		if id := blockIndex(text); id >= 0 {
			out = append(out, b[id].text...)
			text = text[blockSize:]
			continue
		}
		_, n := utf8.DecodeRune(text)
		out = append(out, text[:n]...)
		text = text[n:]
	}
	return out
}

// retain forgets the blocks that occur in none of the texts.
func (b *blocks) retain(texts ...[]byte) {
	if *b == nil {
		return
	}
	var held [maxBlocks]bool
	any := false
	for _, text := range texts {
		for i := range text {
			if id := blockIndex(text[i:]); id >= 0 {
				held[id], any = true, true
			}
		}
	}
	if !any {
		*b = nil
	}
	for i := range *b {
		if !held[i] {
			(*b)[i] = block{}
		}
	}
}
