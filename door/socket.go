package door

import (
	"errors"
	"net"
	"syscall"
)

// A Socket is a connection that passes on what doors ask of a TCP connection
// beside what each connection can do: for those who wrap connections. Where the
// one underneath cannot do it they get [errors.ErrUnsupported].
type Socket struct{ net.Conn }

// CloseWrite ends what is sent.
func (s Socket) CloseWrite() error {
	if half, ok := s.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetLinger is that of [net.TCPConn].
func (s Socket) SetLinger(seconds int) error {
	if tcp, ok := s.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return errors.ErrUnsupported
}

// SyscallConn is part of [syscall.Conn].
func (s Socket) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := s.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}
