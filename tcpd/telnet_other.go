//go:build !unix

package tcpd

import "net"

// readUrgent does nothing: how urgent data is read is not for us to say here.
func readUrgent(net.Conn) {}
