package testkit

import (
	"net"
	"sync"
)

// A PipeListener is a listener without a network, for synctest bubbles, which cannot contain
// sockets.
type PipeListener struct {
	Accepted chan any // a net.Conn or an error: what Accept returns

	once   sync.Once
	closed chan struct{}
}

// NewPipeListener returns a listener with room for so many waiting connections.
func NewPipeListener(waiting int) *PipeListener {
	return &PipeListener{Accepted: make(chan any, waiting), closed: make(chan struct{})}
}

// Accept returns what the test sends to Accepted.
func (l *PipeListener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	case a := <-l.Accepted:
		if err, ok := a.(error); ok {
			return nil, err
		}
		return a.(net.Conn), nil
	}
}

// Close makes Accept fail from now on.
func (l *PipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns a meaningless address.
func (l *PipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// A PipeConn is a connection, such as an end of a net.Pipe, with a remote address of the test's
// choice.
type PipeConn struct {
	net.Conn
	Remote net.Addr
}

// RemoteAddr returns c.Remote.
func (c PipeConn) RemoteAddr() net.Addr { return c.Remote }
