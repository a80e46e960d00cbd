package transport

import (
	"net"
	"net/netip"
)

// RemoteIP returns the IP address that a connection comes from, with IPv4-mapped IPv6 addresses
// unmapped, or the zero Addr if it is not a TCP connection.
func RemoteIP(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap()
}
