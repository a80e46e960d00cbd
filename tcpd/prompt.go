package tcpd

import "net"

// A promptWriter writes what its connection takes at once.
type promptWriter struct {
	try func(p []byte) (n int, err error) // nil where there is no such write
}

// newPromptWriter returns the promptWriter of a connection. Connections that
// cannot tell what they take at once never take anything: writing to them needs
// a goroutine.
func newPromptWriter(conn net.Conn) promptWriter { return promptWriter{try: tryWriter(conn)} }

// tryWrite writes as much of p as does not need waiting for.
func (w promptWriter) tryWrite(p []byte) (n int, err error) {
	if w.try == nil || len(p) == 0 {
		return 0, nil
	}
	return w.try(p)
}
