package tcpd

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"teahouse/room"
)

// maxLine is the longest line that a client may send: a text of the greatest
// length, and a command with a name before it.
const maxLine = room.MaxText + 256

// maxRead is the most bytes that a relay client sends as one message.
const maxRead = 2048

// errTooLong is a framer's word for a message beyond the limit. The rest of it
// is going to be dropped; the next message is whole.
var errTooLong = errors.New("tcpd: message too long")

// A framer cuts a client's bytes into messages. Next returns errTooLong, after
// which it may be called again, or the reader's error.
type framer interface {
	next() (string, error)
}

func newFramer(f Framing, r io.Reader) framer {
	if f == Reads {
		return &reads{r: r}
	}
	return &lines{r: bufio.NewReaderSize(r, 1024)}
}

// lines frames by newlines.
type lines struct {
	r        *bufio.Reader
	dropping bool // in the rest of a line that was too long
}

func (l *lines) next() (string, error) {
	var long []byte // the beginning of a line that the buffer does not hold
	for {
		part, err := l.r.ReadSlice('\n')
		ended := err == nil || err == io.EOF
		switch {
		case l.dropping:
			l.dropping = !ended
		case len(long)+len(bytes.TrimRight(part, "\r\n")) > maxLine:
			l.dropping = !ended
			return "", errTooLong
		case err == nil, err == io.EOF && len(long)+len(part) > 0:
			return trimEnd(long, part), nil
		default:
			long = append(long, part...)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return "", err
		}
	}
}

// trimEnd joins the two parts of a line and takes off its end.
func trimEnd(head, tail []byte) string {
	if len(head) > 0 {
		tail = append(head, tail...)
	}
	tail = bytes.TrimSuffix(tail, []byte("\n"))
	return string(bytes.TrimSuffix(tail, []byte("\r")))
}

// reads takes each read for a message.
type reads struct {
	r    io.Reader
	tail []byte // the first bytes of a character that a read cut in two
}

func (f *reads) next() (string, error) {
	for {
		buf := make([]byte, maxRead)
		n := copy(buf, f.tail)
		m, err := f.r.Read(buf[n:])
		msg := buf[:n+m]
		if err == nil {
			msg, f.tail = cutPartial(msg)
		} else {
			f.tail = nil
		}
		if len(msg) > 0 {
			return string(msg), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// cutPartial cuts off the beginning of a character that msg ends in the middle
// of.
func cutPartial(msg []byte) (whole, partial []byte) {
	for i := len(msg) - 1; i >= 0 && i >= len(msg)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(msg[i]) {
			continue
		}
		if !utf8.FullRune(msg[i:]) {
			return msg[:i], bytes.Clone(msg[i:])
		}
		break
	}
	return msg, nil
}
