//go:build unix

package tcpd

import (
	"net"
	"syscall"
)

// nonblockingWrite returns a function that writes as much as conn accepts without blocking, or
// nil if conn is not a socket.
func nonblockingWrite(conn net.Conn) func([]byte) (int, error) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	// One closure serves all writes: one for each would be an allocation per line.
	var p []byte
	var n int
	var failed error
	write := func(fd uintptr) (done bool) {
		n, failed = syscall.Write(int(fd), p)
		return true // never wait
	}
	return func(lines []byte) (int, error) {
		p = lines
		err := raw.Write(write)
		p = nil
		switch {
		case err != nil:
			return 0, err
		case failed == syscall.EAGAIN, failed == syscall.EINTR:
			return 0, nil
		case failed != nil:
			return 0, failed
		}
		return n, nil
	}
}
