//go:build unix

package tcpd

import (
	"net"
	"syscall"
)

// setOOBInline has what a client sends as urgent data read where it stands in the stream:
// telnet clients send the second byte of a command so (RFC 854, Synch).
func setOOBInline(conn net.Conn) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	// Where it fails one line is refused.
	_ = raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_OOBINLINE, 1) })
}
