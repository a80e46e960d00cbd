package transport

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// A WrappedConn is embedded by types that wrap a connection. It passes on what listeners ask of a
// TCP connection beyond [net.Conn]. Its methods return [errors.ErrUnsupported] if the connection
// underneath cannot do it.
type WrappedConn struct{ net.Conn }

// Output returns the connection inside conn that conn's Write method only passes everything on to, or
// conn itself. Where many connections are written to in turn, each one inside another costs as much
// as fetching it from memory.
func Output(conn net.Conn) io.Writer {
	if wrapped, ok := conn.(interface{ Output() io.Writer }); ok {
		return wrapped.Output()
	}
	return conn
}

// Output is called through the function [Output]. A type that has a Write method of its own must
// shadow it.
func (c WrappedConn) Output() io.Writer { return Output(c.Conn) }

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
