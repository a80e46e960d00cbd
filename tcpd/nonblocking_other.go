//go:build !unix

package tcpd

import "net"

// nonblockingWrite returns nil: this system has no non-blocking write.
func nonblockingWrite(net.Conn) func([]byte) (int, error) { return nil }
