//go:build unix

package tcpd

import (
	"net"
	"syscall"
)

// setOOBInline keeps urgent data in its place in the stream: telnet clients send the second byte
// of a command as urgent data (RFC 854, Synch).
func setOOBInline(conn net.Conn) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	// If this fails, the line is refused as invalid.
	_ = raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_OOBINLINE, 1) })
}
