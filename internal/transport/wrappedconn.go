package transport

import (
	"errors"
	"net"
	"syscall"
)

// A WrappedConn is a connection that passes on what doors ask of a TCP connection
// beside what each connection can do: for those who wrap connections. Where the
// one underneath cannot do it they get [errors.ErrUnsupported].
type WrappedConn struct{ net.Conn }

// CloseWrite ends what is sent.
func (c WrappedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetLinger is that of [net.TCPConn].
func (c WrappedConn) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return errors.ErrUnsupported
}

// SyscallConn is part of [syscall.Conn].
func (c WrappedConn) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}
