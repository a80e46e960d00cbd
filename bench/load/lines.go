package load

import (
	"context"
	"net"
)

// lines is plain TCP: a line that goes in comes out to everybody, with
// something before it.
type lines struct{ greeted bool }

func (lines) join(ctx context.Context, addr, _ string, tight bool) (wire, error) {
	conn, err := dial(ctx, addr, tight)
	if err != nil {
		return nil, err
	}
	return tcpWire{conn}, nil
}

func (lines) wrap() (before, after string) { return "", "\n" }

func (l lines) greets() bool { return l.greeted }

func (lines) echoes() bool { return true }

// A tcpWire is a wire without any layer on it. Its listen depends on the
// system.
type tcpWire struct{ *net.TCPConn }

// stall does nothing: who does not call listen takes nothing.
func (tcpWire) stall() {}
