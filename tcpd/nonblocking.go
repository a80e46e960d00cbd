package tcpd

import "net"

// A nonblockingWriter writes what its connection takes at once.
type nonblockingWriter struct {
	write func(p []byte) (n int, err error) // nil where there is no such write
}

// newNonblockingWriter returns the nonblockingWriter of a connection. Connections that
// cannot tell what they take at once never take anything: writing to them needs
// a goroutine.
func newNonblockingWriter(conn net.Conn) nonblockingWriter {
	return nonblockingWriter{write: nonblockingWrite(conn)}
}

// tryWrite writes as much of p as does not need waiting for.
func (w nonblockingWriter) tryWrite(p []byte) (n int, err error) {
	if w.write == nil || len(p) == 0 {
		return 0, nil
	}
	return w.write(p)
}
