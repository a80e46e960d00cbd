package load

import (
	"context"
	"net"
)

// lineAdapter is plain TCP: a line that goes in comes out to everybody, with
// something before it.
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

// A tcpConn is a wire without any layer on it. Its listen depends on the
// system.
type tcpConn struct{ *net.TCPConn }

// stall does nothing: who does not call listen takes nothing.
func (tcpConn) stall() {}
