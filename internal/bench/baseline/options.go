package baseline

import (
	"bytes"
	"time"
)

// Options say what a floor adds to each line, and on SSH to each write, so that
// as many bytes leave it as leave the server with which it is compared.
type Options struct {
	Prefix int  // bytes put before every line; 0
	Redraw bool // on SSH, send with every write what redraws an input row; false
}

const (
	maxLine           = 64 << 10         // longer lines end the connection
	maxQueue          = 4 << 20          // bytes that a client may lag behind
	writeTimeout      = 10 * time.Second // that a write may take
	maxBuffer         = 64 << 10         // a larger buffer is not kept after its write
	initialLineBuffer = 512              // what a reader begins with
	handshakeTimeout  = 10 * time.Second // for an SSH handshake
)

// What a chat with an input row sends around each batch of lines: before it,
// the row is erased; after it, the row is drawn with the cursor in its place.
const (
	eraseRow = "\r\x1b[K"
	drawRow  = "\r> \x1b7\x1b[K\x1b8"
)

// A wireFormat is what a line, and a write of several, look like on the wire.
type wireFormat struct {
	greeting      string // to who comes in
	prefix        []byte // before each line
	end           string // after each line
	before, after string // around each write
}

// tcpFormat is for plain TCP, where Redraw means nothing.
func tcpFormat(o Options) wireFormat {
	return wireFormat{prefix: prefix(o.Prefix), end: "\n"}
}

// sshFormat is for a terminal. Who comes in is shown the row, to know that it is
// in.
func sshFormat(o Options) wireFormat {
	s := wireFormat{greeting: drawRow, prefix: prefix(o.Prefix), end: "\r\n"}
	if o.Redraw {
		s.before, s.after = eraseRow, drawRow
	}
	return s
}

// prefix returns n bytes that end in a space, as a speaker's name would.
func prefix(n int) []byte {
	if n <= 0 {
		return nil
	}
	p := bytes.Repeat([]byte("."), n)
	p[n-1] = ' '
	return p
}

// appendLine appends a line as it is to leave.
func (f *wireFormat) appendLine(dst, line []byte) []byte {
	dst = append(dst, f.prefix...)
	dst = append(dst, line...)
	return append(dst, f.end...)
}
