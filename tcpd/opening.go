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
	first []byte // what has come
	ends  []int  // where in first each read ended
	given int    // how much of first has been handed out
	err   error
	done  bool // the rest is the client's affair
}

// Read is that of [io.Reader]. What came in one read is in one read.
func (o *opening) Read(p []byte) (int, error) {
	if !o.done {
		if err := o.open(p); err != nil {
			return 0, err
		}
	}
	for len(o.ends) > 0 {
		n := copy(p, o.first[o.given:o.ends[0]])
		if o.given += n; o.given == o.ends[0] {
			o.ends = o.ends[1:]
		}
		if n > 0 {
			return n, nil
		}
	}
	o.first = nil
	if o.err != nil {
		return 0, o.err
	}
	return o.r.Read(p)
}

// byteOrderMark is what some programs begin UTF-8 with.
const byteOrderMark = "\xef\xbb\xbf"

// open reads until it is clear what the client speaks; buf is to read into. The error is
// errOtherProtocol.
func (o *opening) open(buf []byte) error {
	for o.err == nil {
		var n int
		n, o.err = o.r.Read(buf)
		o.first = append(o.first, buf[:n]...)
		o.ends = append(o.ends, len(o.first))
		if v := judge(o.first, o.err != nil); v == foreign {
			return errOtherProtocol
		} else if v == talk {
			break
		}
	}
	o.done = true
	if bytes.HasPrefix(o.first, []byte(byteOrderMark)) {
		o.given = len(byteOrderMark)
		for len(o.ends) > 0 && o.ends[0] <= o.given {
			o.ends = o.ends[1:]
		}
	}
	return nil
}

// A verdict is what a client's first bytes are.
type verdict int

const (
	talk verdict = iota
	undecided
	foreign
)

// judge says what a client's first bytes are, which may be all that there are.
func judge(first []byte, all bool) verdict {
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
	case (ended || all) && request.Match(line):
		return foreign
	case !ended && mayBeRequest(string(line)):
		return undecided
	}
	return talk
}

// request is the first line of an HTTP request: METHOD TARGET VERSION. What people say
// may begin with GET, too, and may end in HTTP/2.
var request = regexp.MustCompile(`^(?:` + strings.Join(methods(), "|") + `) (?:/|\*|[^ ]+://|[^ ]+:\d)[^ ]* HTTP/\d(?:\.\d)?\r?$`)

// methods are those that programs ask by without being told to, as Windows does by
// PROPFIND for a file of \\host@port, and PRI, with which HTTP/2 begins.
func methods() []string {
	return []string{"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "CONNECT", "PATCH", "TRACE", "PROPFIND", "PRI"}
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
