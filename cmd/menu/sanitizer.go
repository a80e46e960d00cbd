package main

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// A sanitizer makes a stream of bytes safe to print on a terminal. Control
// characters (C0 with ESC, DEL, C1) are dropped, newline and tab excepted; a
// byte that is not UTF-8 becomes U+FFFD; all else is kept. An escape sequence
// without its ESC is harmless text.
//
// The zero value is ready for the beginning of a stream.
type sanitizer struct {
	partial []byte // a character of which the end has not come yet
}

// clean returns what can be printed of the stream now that b has come. The
// result does not alias b.
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

// flush ends the stream: a character whose end never came is not UTF-8.
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
