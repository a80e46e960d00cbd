package tcpd

import (
	"io"
	"unicode/utf8"
)

// maxRead is the most bytes that a relay client sends as one message.
const maxRead = 2048

// reads takes each read for a message; see [Reads].
type reads struct {
	r    io.Reader
	held []byte // a message that ends inside a character: the next read may go on with it
	next []byte // a read that did not
	err  error  // the reader's, for when all before it has been returned
}

// Next returns what one read gave. A read that begins with the rest of a character
// goes with the message before. Of a message that fills a whole read only that
// character waits for its rest.
func (f *reads) Next() (string, error) {
	for {
		part := f.read()
		if len(f.held) > 0 && len(part) > 0 && utf8.RuneStart(part[0]) {
			msg := f.held
			f.held, f.next = nil, part
			return string(msg), nil
		}
		msg := append(f.held, part...)
		f.held = nil
		if end := endOfRunes(msg); f.err == nil && end < len(msg) {
			if len(msg) < maxRead {
				f.held = msg
				continue
			}
			msg, f.held = msg[:end:end], msg[end:]
		}
		switch {
		case len(msg) > 0:
			return string(msg), nil
		case f.err != nil:
			return "", f.err
		}
	}
}

// read returns what comes next. It may be nothing; at the end it is, with f.err.
func (f *reads) read() []byte {
	if part := f.next; part != nil {
		f.next = nil
		return part
	}
	if f.err != nil {
		return nil
	}
	buf := make([]byte, maxRead-len(f.held))
	n, err := f.r.Read(buf)
	f.err = err
	return buf[:n]
}

// endOfRunes returns where the character begins that msg ends in the middle of, or
// len(msg).
func endOfRunes(msg []byte) int {
	for i := len(msg) - 1; i >= 0 && i >= len(msg)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(msg[i]) {
			continue
		}
		if !utf8.FullRune(msg[i:]) {
			return i
		}
		break
	}
	return len(msg)
}
