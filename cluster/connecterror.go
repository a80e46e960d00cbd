package cluster

import (
	"errors"
	"io"
	"net"

	"github.com/nats-io/nats.go"
)

// logRefusal logs, once while there is no connection, why a server takes none, or cannot be
// trusted: a user is unknown, a certificate is not valid any more, or a file cannot be read.
// The client tries on.
func (l *Link) logRefusal() {
	if l.connected.Load() {
		l.refusalLogged = false
		return
	}
	if err := l.conn.LastError(); err != nil && !l.refusalLogged && !isTransient(err) {
		l.refusalLogged = true
		l.log.Warn("cluster: cannot connect to a NATS server; trying on", "err", err)
	}
}

// isTransient reports whether an error is of the network, or of a server that goes away: that
// passes, and is told otherwise.
func isTransient(err error) bool {
	if errors.Is(err, nats.ErrTLS) {
		return false
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op != "remote error" // which is an alert of TLS
	}
	for _, trouble := range []error{io.EOF, nats.ErrStaleConnection, nats.ErrNoServers, nats.ErrTimeout, nats.ErrConnectionClosed, nats.ErrDisconnected} {
		if errors.Is(err, trouble) {
			return true
		}
	}
	return false
}
