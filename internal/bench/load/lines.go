package load

import (
	"context"
	"net"
)

// A lineAdapter speaks plain TCP: everybody receives each line that is sent, with something
// before it.
type lineAdapter struct{ greeted bool }

func (lineAdapter) join(ctx context.Context, addr, _ string, tight bool) (clientConn, error) {
	conn, err := dial(ctx, addr, tight)
	if err != nil {
		return nil, err
	}
	return tcpConn{conn}, nil
}

func (lineAdapter) lineAffixes() (before, after string) { return "", "\n" }

func (l lineAdapter) greets() bool { return l.greeted }

func (lineAdapter) echoes() bool { return true }

// A tcpConn is a bare TCP connection. Its readLoop depends on the system.
type tcpConn struct{ *net.TCPConn }

// stall does nothing: without readLoop, nothing is read.
func (tcpConn) stall() {}
