package transport

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"teahouse/room"
)

// MaxLine is the longest line that a client may send, in bytes without its
// end: a text of the greatest length, and a command with a name before it.
const MaxLine = room.MaxText + 256

// ErrTooLong is returned by [LineReader.Next] for a line of more than MaxLine bytes.
var ErrTooLong = errors.New("door: line too long")

// LineReader cuts input into lines. It is used by one goroutine.
type LineReader struct {
	r        *bufio.Reader
	dropping bool // in the rest of a line that was too long
}

// NewLineReader returns the lines of r.
func NewLineReader(r io.Reader) *LineReader {
	return &LineReader{r: bufio.NewReaderSize(r, 1024)}
}

// Next returns the next line without its end, which is \n, \r\n or the end of
// the input. A line that is too long gives ErrTooLong as soon as that is known;
// the rest of it is dropped, and Next may be called again. Any other error is
// the reader's, and the last.
func (l *LineReader) Next() (string, error) {
	var head []byte // the beginning of a line that is longer than the buffer
	for {
		part, err := l.r.ReadSlice('\n')
		ended := err == nil || err == io.EOF
		switch {
		case l.dropping:
			l.dropping = !ended
		case len(head)+len(trimEnd(part)) > MaxLine:
			l.dropping = !ended
			return "", ErrTooLong
		case err == nil, err == io.EOF && len(head)+len(part) > 0:
			return string(trimEnd(append(head, part...))), nil
		case err == bufio.ErrBufferFull:
			head = append(head, part...)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return "", err
		}
	}
}

func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}
