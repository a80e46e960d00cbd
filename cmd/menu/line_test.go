package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadLines(t *testing.T) {
	longest := strings.Repeat("x", maxLine)
	tests := []struct {
		name string
		in   io.Reader
		want []line
	}{
		{"nothing", strings.NewReader(""), nil},
		{"lines", strings.NewReader("one two\n\n  三\t\n"), []line{{text: "one two"}, {}, {text: "  三\t"}}},
		{"carriage returns", strings.NewReader("one\r\n\r\na\rb\n"), []line{{text: "one"}, {}, {text: "a\rb"}}},
		{"no newline at the end", strings.NewReader("one\ntwo"), []line{{text: "one"}, {text: "two"}}},
		{"the longest", strings.NewReader(longest + "\r\nnext\n"), []line{{text: longest}, {text: "next"}}},
		{"a byte more", strings.NewReader(longest + "x\nnext\n"), []line{{tooLong: true}, {text: "next"}}},
		{"far too long", strings.NewReader(strings.Repeat(longest, 5) + "\nnext\n"), []line{{tooLong: true}, {text: "next"}}},
		{"too long at the end", strings.NewReader(longest + longest), []line{{tooLong: true}}},
		{"a byte at a time", iotest.OneByteReader(strings.NewReader("one\ntwo\n")), []line{{text: "one"}, {text: "two"}}},
		{"a failing read", io.MultiReader(strings.NewReader("one\n"), iotest.ErrReader(errors.New("no terminal"))), []line{{text: "one"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []line
			for l := range readLines(test.in, nil) {
				got = append(got, l)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("the lines read are %.200v, want %.200v", got, test.want)
			}
		})
	}
}

func TestReadLinesEndsWhenDone(t *testing.T) {
	done := make(chan struct{})
	lines := readLines(strings.NewReader("one\ntwo\n"), done)
	<-lines
	close(done)
	for range lines { // a second line may still come; what matters is that the channel is closed
	}
}
