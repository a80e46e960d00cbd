//go:build !unix

package tcpd

import "net"

// setOOBInline does nothing: how urgent data is read is not for us to say here.
func setOOBInline(net.Conn) {}
