package tcpd

import (
	"io"
	"unicode/utf8"
)

// maxRead is the longest message of a relay client, in bytes.
const maxRead = 2048

// A readFramer takes what each read returns as a message; see [ReadFraming].
type readFramer struct {
	r              io.Reader
	decoder        *decoder
	partial        []byte  // a message that ends inside a character, which the next read may complete
	partialCharset Charset // the charset of that character
	pending        []byte  // a read that did not complete it
	err            error   // the reader's, to be returned after everything before it
}

// Next returns what one read returned. A read that begins with the rest of a character is added
// to the message before. If a message fills a whole read, only its incomplete last character
// waits for the next one.
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
			case by == UTF8: // in GBK, any next message would look like the rest
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

// continuesRune reports whether a read that begins with b may complete the character at the end
// of partial.
func (f *readFramer) continuesRune(b byte) bool {
	if f.partialCharset == GBK {
		return b >= '0'
	}
	return !utf8.RuneStart(b)
}

// read returns the result of the next read, which may be empty. At the end of the input f.err is
// set.
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
