package gate

import (
	"container/list"
	"errors"
	"net"
	"syscall"
	"time"
)

// A Conn is a connection that has a place. It passes on what doors ask of a TCP
// connection.
type Conn struct {
	net.Conn
	gate *Gate // nil for one that no Gate gave a place

	// Written under the Gate's lock.
	address   *address      // nil when it is unknown
	began     time.Time     // set once
	handshake *list.Element // nil once it is in
	left      bool          // its place is given back
}

// Admitted tells that the handshake is over: the connection cannot be displaced
// any more. A door without handshakes calls it at once. It may be called by any
// goroutine, and again.
func (c *Conn) Admitted() {
	if c.gate != nil {
		c.gate.admit(c)
	}
}

// Close gives back the place and closes the connection. It may be called by any
// goroutine, and again; the place is given back once.
func (c *Conn) Close() error {
	if c.gate != nil {
		c.gate.leave(c)
	}
	return c.Conn.Close()
}

// CloseWrite ends what is sent. It returns [errors.ErrUnsupported] when the
// connection underneath cannot do that.
func (c *Conn) CloseWrite() error { return closeWrite(c.Conn) }

func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetLinger is that of [net.TCPConn]. It returns [errors.ErrUnsupported] when
// the connection underneath has none.
func (c *Conn) SetLinger(seconds int) error { return setLinger(c.Conn, seconds) }

func setLinger(conn net.Conn, seconds int) error {
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return errors.ErrUnsupported
}

// SyscallConn is part of [syscall.Conn]. It returns [errors.ErrUnsupported]
// when the connection underneath is no socket.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}
