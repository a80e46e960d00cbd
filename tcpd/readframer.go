package tcpd

import (
	"io"
	"unicode/utf8"
)

// maxRead is the most bytes that a relay client sends as one message.
const maxRead = 2048

// readFramer takes each read for a message; see [ReadFraming].
type readFramer struct {
	r              io.Reader
	decoder        *decoder
	partial        []byte  // a message that ends inside a character: the next read may go on with it
	partialCharset Charset // in which it does
	pending        []byte  // a read that did not
	err            error   // the reader's, for when all before it has been returned
}

// Next returns what one read gave. A read that begins with the rest of a character
// goes with the message before. Of a message that fills a whole read only that
// character waits for its rest.
func (f *readFramer) Next() (string, error) {
	for {
		part := f.read()
		if len(f.partial) > 0 && len(part) > 0 && !f.continuesRune(part[0]) {
			msg := f.partial
			f.partial, f.pending = nil, part
			return string(msg), nil
		}
		msg := append(f.partial, part...)
		f.partial = nil
		if end, by := f.decoder.completeLen(msg); f.err == nil && end < len(msg) {
			f.partialCharset = by
			switch {
			case len(msg) == maxRead:
				msg, f.partial = msg[:end:end], msg[end:]
			case by == UTF8: // of GBK the next message would look like the rest
				f.partial = msg
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

// continuesRune reports whether a read that begins with b may go on with the character that
// the one before ended in.
func (f *readFramer) continuesRune(b byte) bool {
	if f.partialCharset == GBK {
		return b >= '0'
	}
	return !utf8.RuneStart(b)
}

// read returns what comes next. It may be nothing; at the end it is, with f.err.
func (f *readFramer) read() []byte {
	if part := f.pending; part != nil {
		f.pending = nil
		return part
	}
	if f.err != nil {
		return nil
	}
	buf := make([]byte, maxRead-len(f.partial))
	n, err := f.r.Read(buf)
	f.err = err
	return buf[:n]
}
