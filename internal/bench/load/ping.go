package load

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

const (
	ping    = "\nPING "
	maxPing = 512
)

// A pingResponder answers each PING among the lines that a server sends.
type pingResponder struct {
	io.Writer

	started bool   // it has been handed something
	partial []byte // what the last piece ended in, if that may be the beginning of a PING
}

// respond looks at a piece of what the server sends.
func (r *pingResponder) respond(p []byte) {
	switch {
	case !r.started:
		r.started = true
		p = append([]byte{'\n'}, p...) // where a line begins
	case len(r.partial) > 0:
		p = append(r.partial, p...)
	}
	r.partial = nil
	for {
		i := bytes.Index(p, []byte(ping))
		if i < 0 {
			break
		}
		end := bytes.IndexByte(p[i+1:], '\n')
		if end < 0 {
			r.keepPartial(p[i:])
			return
		}
		token := p[i+len(ping) : i+1+end]
		// An error shows where the connection is read, too.
		_, _ = fmt.Fprintf(r, "PONG %s\r\n", bytes.TrimRight(token, "\r"))
		p = p[i+1+end:]
	}
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 && strings.HasPrefix(ping, string(p[i:])) {
		r.keepPartial(p[i:])
	}
}

func (r *pingResponder) keepPartial(p []byte) { r.partial = bytes.Clone(p[:min(len(p), maxPing)]) }
