//go:build !unix

package tcpd

import "net"

// setOOBInline does nothing: this system has no portable option for it.
func setOOBInline(net.Conn) {}
