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

// A ponger answers each PING among the lines that a server sends.
type ponger struct {
	io.Writer

	midway bool   // it has been handed something
	begun  []byte // what the last piece ended in, if that may be the beginning of a PING
}

// answer looks at a piece of what the server sends.
func (w *ponger) answer(p []byte) {
	switch {
	case !w.midway:
		w.midway = true
		p = append([]byte{'\n'}, p...) // where a line begins
	case len(w.begun) > 0:
		p = append(w.begun, p...)
	}
	w.begun = nil
	for {
		i := bytes.Index(p, []byte(ping))
		if i < 0 {
			break
		}
		end := bytes.IndexByte(p[i+1:], '\n')
		if end < 0 {
			w.keep(p[i:])
			return
		}
		token := p[i+len(ping) : i+1+end]
		// An error shows where the connection is read, too.
		_, _ = fmt.Fprintf(w, "PONG %s\r\n", bytes.TrimRight(token, "\r"))
		p = p[i+1+end:]
	}
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 && strings.HasPrefix(ping, string(p[i:])) {
		w.keep(p[i:])
	}
}

func (w *ponger) keep(p []byte) { w.begun = bytes.Clone(p[:min(len(p), maxPing)]) }
