package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is the longest line in bytes. The sentence lineTooLong mentions it.
const maxLine = 64 << 10

// A line is a line of input without its ending.
type line struct {
	text    string
	tooLong bool // it exceeded maxLine, and its text was dropped
}

// readLines sends the lines of r to the returned channel, and closes it at the end of r. The last
// line need not end in a newline. A read error counts as the end: nothing more can be typed.
//
// The goroutine that it starts ends with r or, once done is closed, after the next line of r at
// the latest, because a pending read cannot be interrupted.
func readLines(r io.Reader, done <-chan struct{}) <-chan line {
	lines := make(chan line)
	go func() {
		defer close(lines)
		buffered := bufio.NewReaderSize(r, maxLine+len("\r\n"))
		for {
			l, err := readLine(buffered)
			if err != nil {
				return
			}
			select {
			case lines <- l:
			case <-done:
				return
			}
		}
	}()
	return lines
}

// readLine reads one line. It drops the text of a line that does not fit into r's buffer.
func readLine(r *bufio.Reader) (line, error) {
	text, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
		return line{tooLong: true}, nil
	}
	if err != nil && len(text) == 0 {
		return line{}, err
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	if len(text) > maxLine {
		return line{tooLong: true}, nil
	}
	return line{text: string(text)}, nil
}
