package main

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// A sanitizer makes a stream of bytes safe to print on a terminal. It drops control characters
// (C0 including ESC, DEL, C1) except newline and tab, replaces bytes that are not UTF-8 by
// U+FFFD, and keeps everything else. An escape sequence without its ESC is harmless text.
//
// The zero value is ready for the beginning of a stream.
type sanitizer struct {
	partial []byte // an incomplete character
}

// clean returns what can be printed now that b has arrived. The result does not alias b.
func (s *sanitizer) clean(b []byte) []byte {
	b = append(s.partial, b...)
	var out []byte
	for len(b) > 0 && utf8.FullRune(b) {
		r, size := utf8.DecodeRune(b)
		out = appendPrintable(out, r)
		b = b[size:]
	}
	s.partial = bytes.Clone(b)
	return out
}

// flush ends the stream. A character that is still incomplete is not UTF-8.
func (s *sanitizer) flush() []byte {
	out := bytes.Repeat([]byte(string(utf8.RuneError)), len(s.partial))
	s.partial = nil
	return out
}

func appendPrintable(out []byte, r rune) []byte {
	if unicode.IsControl(r) && r != '\n' && r != '\t' {
		return out
	}
	return utf8.AppendRune(out, r)
}
