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

// A pingResponder answers the PINGs in a server's output.
type pingResponder struct {
	io.Writer

	started bool   // respond has been called
	partial []byte // the end of the last piece, if it may be the beginning of a PING
}

// respond answers the PINGs in a piece of output.
func (r *pingResponder) respond(p []byte) {
	switch {
	case !r.started:
		r.started = true
		p = append([]byte{'\n'}, p...) // at the beginning of a line
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
		// The reader will see an error as well.
		_, _ = fmt.Fprintf(r, "PONG %s\r\n", bytes.TrimRight(token, "\r"))
		p = p[i+1+end:]
	}
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 && strings.HasPrefix(ping, string(p[i:])) {
		r.keepPartial(p[i:])
	}
}

func (r *pingResponder) keepPartial(p []byte) { r.partial = bytes.Clone(p[:min(len(p), maxPing)]) }
