package terminal

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// blocks are the pasted lines that stand in a row as one cluster each. In the
// text a block is one character, firstBlock and those after it: control
// characters, so nobody can type them, and what is around never joins them.
// The zero value is empty.
type blocks []block

type block struct {
	text  string // "" if there is none
	label string // what the row shows
	cells int    // that it takes
}

const (
	firstBlock = '\u0080'
	maxBlocks  = 32
	blockSize  = len(string(firstBlock))
)

// blockIndex is the block that the text begins with, as an index, or -1.
func blockIndex(text []byte) int {
	if len(text) >= blockSize && text[0] == 0xc2 && text[1] < 0xa0 {
		return int(text[1] - 0x80)
	}
	return -1
}

// add puts in a block and returns its character, or "" if there is no place.
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

// full reports whether there is no place for another block.
func (b blocks) full() bool {
	return len(b) == maxBlocks && !slices.ContainsFunc(b, func(one block) bool { return one.text == "" })
}

// expandedLen is how many bytes the text says.
func (b blocks) expandedLen(text []byte) int { return len(text) + b.extraLen(text) }

// extraLen is how many bytes more the text says than it has.
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

// totalBytes is how many bytes all of them have.
func (b blocks) totalBytes() int {
	n := 0
	for _, one := range b {
		n += len(one.text)
	}
	return n
}

// expand is what the text says, with the lines of its blocks.
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

// retain forgets the blocks that none of the texts holds.
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
