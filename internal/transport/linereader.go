package transport

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"teahouse/internal/text"
)

// MaxLine is the longest line that a client may send, in bytes without its line ending. It leaves
// room for a command and a name before a text of the greatest length.
const MaxLine = text.MaxBytes + 256

// ErrTooLong is returned by [LineReader.Next] for a line of more than MaxLine bytes.
var ErrTooLong = errors.New("transport: line too long")

// LineReader cuts input into lines. One goroutine uses it.
type LineReader struct {
	r        *bufio.Reader
	dropping bool // skipping the rest of a line that was too long
}

// NewLineReader returns a LineReader that reads from r.
func NewLineReader(r io.Reader) *LineReader {
	return &LineReader{r: bufio.NewReaderSize(r, 1024)}
}

// Next returns the next line without its ending, which is \n, \r\n or the end of the input. It
// returns ErrTooLong as soon as a line exceeds [MaxLine]; the rest of that line is discarded, and
// Next may be called again. Any other error comes from the underlying reader and is final.
func (l *LineReader) Next() (string, error) {
	var head []byte // what has been read of a line that is longer than the buffer
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
