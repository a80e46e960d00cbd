package tcpd

import "net"

// A nonblockingWriter writes what its connection accepts without blocking.
type nonblockingWriter struct {
	write func(p []byte) (n int, err error) // nil if the connection has no non-blocking write
}

// newNonblockingWriter returns the nonblockingWriter of a connection. If the connection has no
// non-blocking write, tryWrite writes nothing, and the caller needs a goroutine to write to it.
func newNonblockingWriter(conn net.Conn) nonblockingWriter {
	return nonblockingWriter{write: nonblockingWrite(conn)}
}

// tryWrite writes as much of p as it can without blocking.
func (w nonblockingWriter) tryWrite(p []byte) (n int, err error) {
	if w.write == nil || len(p) == 0 {
		return 0, nil
	}
	return w.write(p)
}
