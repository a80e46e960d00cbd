package transport

import (
	"errors"
	"net"
	"syscall"
)

// A WrappedConn is embedded by types that wrap a connection. It passes on what listeners ask of a
// TCP connection beyond [net.Conn]. Its methods return [errors.ErrUnsupported] if the connection
// underneath cannot do it.
type WrappedConn struct{ net.Conn }

// CloseWrite shuts down the writing side, as [net.TCPConn.CloseWrite] does.
func (c WrappedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetLinger does what [net.TCPConn.SetLinger] does.
func (c WrappedConn) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return errors.ErrUnsupported
}

// SyscallConn implements [syscall.Conn].
func (c WrappedConn) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}
