package load

import (
	"bytes"
	"math/rand/v2"
	"slices"
)

const (
	markBegin = 'Q' // rare in what servers put around a line, which makes the search fast
	markEnd   = ';'
	markComma = ','

	// Numbers are written with the letters a to z. Without decimal digits there is only one class
	// of bytes to test for, which branch prediction handles well.
	zero = 'a'
	base = 26

	// maxDigits keeps numbers within 63 bits, and marks short.
	maxDigits = 13

	tagSize = 5 // markBegin and four letters

	// maxMark is the length of the longest mark.
	maxMark = tagSize + 3*(1+maxDigits) + 1
)

// A mark is the part of a line by which clients recognize it.
type mark struct {
	speaker uint64 // the number of speakers stands for the beacon
	n       uint64
	time    int64 // nanoseconds since the run began; 0 in a speaker's last line
}

// A tag begins the marks of one run.
type tag [tagSize]byte

func newTag() tag {
	t := tag{markBegin}
	for i := 1; i < len(t); i++ {
		t[i] = byte(zero + rand.IntN(base))
	}
	return t
}

// append appends a mark.
func (t tag) append(dst []byte, m mark) []byte {
	dst = append(dst, t[:]...)
	dst = appendNumber(append(dst, markComma), m.speaker)
	dst = appendNumber(append(dst, markComma), m.n)
	dst = appendNumber(append(dst, markComma), uint64(m.time))
	return append(dst, markEnd)
}

func appendNumber(dst []byte, value uint64) []byte {
	start := len(dst)
	for ; value >= base; value /= base {
		dst = append(dst, byte(zero+value%base))
	}
	dst = append(dst, byte(zero+value))
	slices.Reverse(dst[start:])
	return dst
}

// next finds the first mark in p and returns where it ends. If there is none, or it is
// incomplete, ok is false, and the bytes from end on, fewer than maxMark, must precede the next
// ones.
func (t *tag) next(p []byte) (m mark, end int, ok bool) {
	for {
		i := bytes.IndexByte(p[end:], markBegin)
		if i < 0 {
			return m, len(p), false
		}
		end += i
		m, size := t.parse(p[end:])
		switch {
		case size > 0:
			return m, end + size, true
		case size == 0:
			return m, end, false
		}
		end++
	}
}

// parse parses the mark at the beginning of p and returns its length: 0 if more bytes are needed,
// and -1 if it is not a mark.
func (t *tag) parse(p []byte) (m mark, size int) {
	if len(p) < tagSize {
		if bytes.HasPrefix(t[:], p) {
			return m, 0
		}
		return m, -1
	}
	if tag(p[:tagSize]) != *t {
		return m, -1
	}
	i := tagSize
	var numbers [3]uint64
	for k := range numbers {
		if i == len(p) {
			return m, 0
		}
		if p[i] != markComma {
			return m, -1
		}
		value, digits := parseNumber(p[i+1:])
		i += 1 + digits
		switch {
		case digits > maxDigits:
			return m, -1
		case i == len(p):
			return m, 0
		case digits == 0:
			return m, -1
		}
		numbers[k] = value
	}
	if p[i] != markEnd {
		return m, -1
	}
	return mark{numbers[0], numbers[1], int64(numbers[2])}, i + 1
}

// parseNumber parses the number at the beginning of p, up to one digit too many.
func parseNumber(p []byte) (value uint64, digits int) {
	p = p[:min(len(p), maxDigits+1)]
	for _, c := range p {
		c -= zero
		if c >= base {
			break
		}
		value = value*base + uint64(c)
		digits++
	}
	return value, digits
}
