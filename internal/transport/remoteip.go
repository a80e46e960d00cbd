package transport

import (
	"net"
	"net/netip"
)

// RemoteIP returns the address that a connection comes from, or the zero Addr
// where it has none.
func RemoteIP(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap()
}
