package main

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSanitizer(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"text", "hello, 张三 🍵\n\tok\n", "hello, 张三 🍵\n\tok\n"},
		{"colours", "\x1b[31mred\x1b[0m", "[31mred[0m"},
		{"window title", "\x1b]0;mine\x07", "]0;mine"},
		{"carriage return", "one\r\ntwo\rthree", "one\ntwothree"},
		{"other C0 and DEL", "a\x00b\x08c\x0ed\x7fe", "abcde"},
		{"C1 in UTF-8", "a\u009b31mb\u0085c", "a31mbc"},
		{"C1 as a byte", "a\x9b31m", "a\ufffd31m"},
		{"not UTF-8", "\xc4\xe3", "\ufffd\ufffd"},
		{"cut off", "ok\xe5\xbc", "ok\ufffd\ufffd"},
		{"a replacement character", "\ufffd", "\ufffd"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := sanitizeAll([]byte(test.in)); got != test.want {
				t.Errorf("as a whole it is printed as %q, want %q", got, test.want)
			}
			if got := sanitizeAll(slices.Collect(slices.Chunk([]byte(test.in), 1))...); got != test.want {
				t.Errorf("byte by byte it is printed as %q, want %q", got, test.want)
			}
		})
	}
}

func TestSanitizerDoesNotBufferNeedlessly(t *testing.T) {
	var p sanitizer
	if got := string(p.clean([]byte("hi \xe5\xbc"))); got != "hi " {
		t.Errorf("%q is printed before the character is complete", got)
	}
	if got := string(p.clean([]byte("\xa0"))); got != "张" {
		t.Errorf("the complete character is printed as %q", got)
	}
}

// Whatever arrives, in pieces of any size, no control character reaches the terminal and no text
// is lost.
func FuzzSanitizer(f *testing.F) {
	f.Add([]byte("hello, 张三 🍵\n"), 8)
	f.Add([]byte("\x1b[2J\u009b\x9b\x7f\r\n"), 3)
	f.Add([]byte("\xe5\xbc\xf0\x9f\x8d"), 1)
	f.Add([]byte("\xed\xa0\x80\xc0\x80\xff"), 2)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		cut = max(0, min(cut, len(in)))
		out := sanitizeAll(in)
		if pieces := sanitizeAll(in[:cut], in[cut:]); pieces != out {
			t.Errorf("%q, cut at %d, is printed as %q, and as a whole as %q", in, cut, pieces, out)
		}
		if !utf8.ValidString(out) {
			t.Errorf("%q is printed as %q, which is not UTF-8", in, out)
		}
		want := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, string(in))
		if out != want {
			t.Errorf("%q is printed as %q, want %q", in, out, want)
		}
	})
}

// sanitizeAll returns what is printed of a stream that arrives in these pieces.
func sanitizeAll(pieces ...[]byte) string {
	var p sanitizer
	var out []byte
	for _, piece := range pieces {
		out = append(out, p.clean(piece)...)
	}
	return string(append(out, p.flush()...))
}
