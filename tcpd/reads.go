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
	text *decoder
	held []byte  // a message that ends inside a character: the next read may go on with it
	by   Charset // in which it does
	next []byte  // a read that did not
	err  error   // the reader's, for when all before it has been returned
}

// Next returns what one read gave. A read that begins with the rest of a character
// goes with the message before. Of a message that fills a whole read only that
// character waits for its rest.
func (f *reads) Next() (string, error) {
	for {
		part := f.read()
		if len(f.held) > 0 && len(part) > 0 && !f.goesOn(part[0]) {
			msg := f.held
			f.held, f.next = nil, part
			return string(msg), nil
		}
		msg := append(f.held, part...)
		f.held = nil
		if end, by := f.text.cut(msg); f.err == nil && end < len(msg) {
			f.by = by
			switch {
			case len(msg) == maxRead:
				msg, f.held = msg[:end:end], msg[end:]
			case by == UTF8: // of GBK the next message would look like the rest
				f.held = msg
				continue
			}
		}
		switch {
		case len(msg) > 0:
			return string(msg), nil
		case f.err != nil:
			return "", f.err
		}
	}
}

// goesOn reports whether a read that begins with b may go on with the character that
// the one before ended in.
func (f *reads) goesOn(b byte) bool {
	if f.by == GBK {
		return b >= '0'
	}
	return !utf8.RuneStart(b)
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
