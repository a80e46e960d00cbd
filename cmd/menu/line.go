package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is how long a line may be, in bytes. The sentence lineTooLong names
// it.
const maxLine = 64 << 10

// A line is what was typed, without its end.
type line struct {
	text    string
	tooLong bool // longer than maxLine; its text is dropped
}

// readLines sends the lines of r, one by one, and closes the channel at the
// end of r. A last line need not end in a newline. An error in reading is an
// end like any other: nothing more can be typed.
//
// The goroutine it starts ends with r or, when done is closed, at the next
// line of r at the latest: a read that waits for it cannot be interrupted.
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

// readLine reads one line. Of one that does not fit into r's buffer it keeps
// nothing.
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
