package tcpd

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"teahouse/door"
)

// errOtherProtocol ends the input of a client that has not come to talk.
var errOtherProtocol = errors.New("tcpd: the client speaks another protocol")

// An opening reads what a client sends first. It keeps that back for as long as it may
// be the beginning of an HTTP request, a TLS record or an SSH banner, and gives
// errOtherProtocol in place of one: any page that somebody visits can have the browser
// send a request to a door of that machine. A byte order mark it leaves out.
type opening struct {
	r     io.Reader
	first []byte   // all that has come
	reads [][]byte // the same, as it was read
	err   error
	done  bool // the rest is the client's affair
}

// Read is that of [io.Reader]. What came in one read is in one read.
func (o *opening) Read(p []byte) (int, error) {
	for !o.done {
		n, err := o.r.Read(p)
		o.reads, o.first, o.err = append(o.reads, bytes.Clone(p[:n])), append(o.first, p[:n]...), err
		switch judge(o.first) {
		case foreign:
			return 0, errOtherProtocol
		case undecided:
			if err == nil {
				continue
			}
		}
		o.done = true
		o.dropMark()
		o.first = nil
	}
	for len(o.reads) > 0 {
		part := o.reads[0]
		n := copy(p, part)
		if o.reads[0] = part[n:]; n == len(part) {
			o.reads = o.reads[1:]
		}
		if n > 0 {
			return n, nil
		}
	}
	if o.err != nil {
		return 0, o.err
	}
	return o.r.Read(p)
}

// byteOrderMark is what some programs begin UTF-8 with.
const byteOrderMark = "\xef\xbb\xbf"

// dropMark takes the byte order mark off the reads.
func (o *opening) dropMark() {
	if !bytes.HasPrefix(o.first, []byte(byteOrderMark)) {
		return
	}
	rest := len(byteOrderMark)
	for i, part := range o.reads {
		n := min(rest, len(part))
		o.reads[i], rest = part[n:], rest-n
	}
}

// A verdict is what a client's first bytes are.
type verdict int

const (
	talk verdict = iota
	undecided
	foreign
)

// judge says what a client's first bytes are.
func judge(first []byte) verdict {
	for _, begin := range []string{"\x16\x03", "SSH-2.0-", "SSH-1."} { // a TLS record is a handshake first
		switch {
		case bytes.HasPrefix(first, []byte(begin)):
			return foreign
		case strings.HasPrefix(begin, string(first)):
			return undecided
		}
	}
	if strings.HasPrefix(byteOrderMark, string(first)) && len(first) < len(byteOrderMark) {
		return undecided
	}
	line, _, ended := bytes.Cut(first, []byte("\n"))
	switch {
	case len(line) > door.MaxLine: // too long to be said, and to wait for its end
		if mayBeRequest(string(line[:door.MaxLine])) {
			return foreign
		}
	case ended && request.Match(line):
		return foreign
	case !ended && mayBeRequest(string(line)):
		return undecided
	}
	return talk
}

// request is the first line of an HTTP request: METHOD TARGET VERSION. What people say
// may begin with GET, too, and may end in HTTP/2.
var request = regexp.MustCompile(`^(?:` + strings.Join(methods(), "|") + `) (?:/|\*|[^ ]+://|[^ ]+:\d)[^ ]* HTTP/\d(?:\.\d)?\r?$`)

// methods are those that programs ask by without being told to, and PRI, with which
// HTTP/2 begins.
func methods() []string {
	return []string{"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "CONNECT", "PATCH", "TRACE", "PRI"}
}

// mayBeRequest reports whether a line that has not ended may be a request's.
func mayBeRequest(line string) bool {
	method, rest, ok := strings.Cut(line, " ")
	if !ok {
		return slices.ContainsFunc(methods(), func(m string) bool { return strings.HasPrefix(m, method) })
	}
	_, version, _ := strings.Cut(rest, " ")
	return slices.Contains(methods(), method) && (strings.HasPrefix("HTTP/", version) || strings.HasPrefix(version, "HTTP/") && len(version) <= len("HTTP/1.1\r"))
}
