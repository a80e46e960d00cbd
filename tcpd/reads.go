package tcpd

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// maxRead is the most bytes that a relay client sends as one message.
const maxRead = 2048

// reads takes each read for a message; see [Reads].
type reads struct {
	r    io.Reader
	tail []byte // the first bytes of a character that a read cut in two
}

// Next returns what one read gave. A character that ends in the next read goes
// with that.
func (f *reads) Next() (string, error) {
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
