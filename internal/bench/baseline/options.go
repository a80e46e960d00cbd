package baseline

import (
	"bytes"
	"time"
)

// Options say what a baseline adds to each line and, over SSH, to each write, so that it sends as
// many bytes as the server it is compared with.
type Options struct {
	Prefix int  // bytes before every line
	Redraw bool // over SSH, redraw an input row with every write
}

const (
	maxLine           = 64 << 10         // longer lines end the connection
	maxQueue          = 4 << 20          // bytes that a client may lag behind
	writeTimeout      = 10 * time.Second // for a write
	maxBuffer         = 64 << 10         // a larger buffer is not kept after its write
	initialLineBuffer = 512              // of a reader
	handshakeTimeout  = 10 * time.Second // for an SSH handshake
)

// What a chat with an input row sends around each batch of lines: before it, the row is erased;
// after it, the row is drawn with the cursor in its place.
const (
	eraseRow = "\r\x1b[K"
	drawRow  = "\r> \x1b7\x1b[K\x1b8"
)

// A wireFormat says what a line, and a write of several, look like on the wire.
type wireFormat struct {
	greeting      string // sent to a new client
	prefix        []byte // before each line
	end           string // after each line
	before, after string // around each write
}

// tcpFormat is for plain TCP, where Redraw has no effect.
func tcpFormat(o Options) wireFormat {
	return wireFormat{prefix: prefix(o.Prefix), end: "\n"}
}

// sshFormat is for a terminal. A new client is shown the row, so that it knows it has joined.
func sshFormat(o Options) wireFormat {
	s := wireFormat{greeting: drawRow, prefix: prefix(o.Prefix), end: "\r\n"}
	if o.Redraw {
		s.before, s.after = eraseRow, drawRow
	}
	return s
}

// prefix returns n bytes that end in a space, like a speaker's name.
func prefix(n int) []byte {
	if n <= 0 {
		return nil
	}
	p := bytes.Repeat([]byte("."), n)
	p[n-1] = ' '
	return p
}

// appendLine appends a line as it is sent.
func (f *wireFormat) appendLine(dst, line []byte) []byte {
	dst = append(dst, f.prefix...)
	dst = append(dst, line...)
	return append(dst, f.end...)
}
