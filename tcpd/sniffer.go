package tcpd

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"teahouse/internal/transport"
)

// errOtherProtocol ends the input of a client that does not speak a chat dialect.
var errOtherProtocol = errors.New("tcpd: the client speaks another protocol")

// A sniffer inspects the beginning of a client's input. It holds it back as long as it may be the
// beginning of an HTTP request, a TLS record or an SSH banner, and returns errOtherProtocol if it
// is: any web page can make a browser send a request to a port of the machine it runs on. It
// drops a byte order mark.
type sniffer struct {
	r        io.Reader
	buffered []byte // what has been read
	readEnds []int  // where each read ended in buffered
	offset   int    // how much of buffered has been returned
	err      error
	decided  bool // the rest is passed through
}

// Read implements [io.Reader]. It keeps the boundaries of reads.
func (s *sniffer) Read(p []byte) (int, error) {
	if !s.decided {
		if err := s.sniff(p); err != nil {
			return 0, err
		}
	}
	for len(s.readEnds) > 0 {
		n := copy(p, s.buffered[s.offset:s.readEnds[0]])
		if s.offset += n; s.offset == s.readEnds[0] {
			s.readEnds = s.readEnds[1:]
		}
		if n > 0 {
			return n, nil
		}
	}
	s.buffered = nil
	if s.err != nil {
		return 0, s.err
	}
	return s.r.Read(p)
}

// byteOrderMark is what some programs write before UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// sniff reads, using buf, until it is clear what the client speaks. The only error is
// errOtherProtocol.
func (s *sniffer) sniff(buf []byte) error {
	for s.err == nil {
		var n int
		n, s.err = s.r.Read(buf)
		s.buffered = append(s.buffered, buf[:n]...)
		s.readEnds = append(s.readEnds, len(s.buffered))
		if v := classify(s.buffered, s.err != nil); v == verdictForeign {
			return errOtherProtocol
		} else if v == verdictChat {
			break
		}
	}
	s.decided = true
	if bytes.HasPrefix(s.buffered, []byte(byteOrderMark)) {
		s.offset = len(byteOrderMark)
		for len(s.readEnds) > 0 && s.readEnds[0] <= s.offset {
			s.readEnds = s.readEnds[1:]
		}
	}
	return nil
}

// A verdict says what a client's first bytes are.
type verdict int

const (
	verdictChat verdict = iota
	verdictUndecided
	verdictForeign
)

// classify judges a client's first bytes; all says that nothing will follow.
func classify(first []byte, all bool) verdict {
	for _, begin := range []string{"\x16\x03", "SSH-2.0-", "SSH-1."} { // a TLS record begins with a handshake
		switch {
		case bytes.HasPrefix(first, []byte(begin)):
			return verdictForeign
		case strings.HasPrefix(begin, string(first)):
			return verdictUndecided
		}
	}
	if strings.HasPrefix(byteOrderMark, string(first)) && len(first) < len(byteOrderMark) {
		return verdictUndecided
	}
	line, _, ended := bytes.Cut(first, []byte("\n"))
	switch {
	case len(line) > transport.MaxLine: // too long for a message, and to wait for its end
		if mayBeHTTPRequest(string(line[:transport.MaxLine])) {
			return verdictForeign
		}
	case (ended || all) && httpRequestLine.Match(line):
		return verdictForeign
	case !ended && mayBeHTTPRequest(string(line)):
		return verdictUndecided
	}
	return verdictChat
}

// httpRequestLine matches the first line of an HTTP request: METHOD TARGET VERSION (RFC 9112). A
// chat message may begin with GET, too, and may end in HTTP/2.
var httpRequestLine = regexp.MustCompile(`^(?:` + strings.Join(httpMethods(), "|") + `) (?:/|\*|[^ ]+://|[^ ]+:\d)[^ ]* HTTP/\d(?:\.\d)?\r?$`)

// httpMethods are the methods that programs use on their own, such as PROPFIND, by which Windows
// looks for a file of \\host@port, and PRI, with which HTTP/2 begins.
func httpMethods() []string {
	return []string{"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "CONNECT", "PATCH", "TRACE", "PROPFIND", "PRI"}
}

// mayBeHTTPRequest reports whether an incomplete line may become the first line of a request.
func mayBeHTTPRequest(line string) bool {
	method, rest, ok := strings.Cut(line, " ")
	if !ok {
		return slices.ContainsFunc(httpMethods(), func(m string) bool { return strings.HasPrefix(m, method) })
	}
	_, version, _ := strings.Cut(rest, " ")
	return slices.Contains(httpMethods(), method) && (strings.HasPrefix("HTTP/", version) || strings.HasPrefix(version, "HTTP/") && len(version) <= len("HTTP/1.1\r"))
}
