package cluster

import (
	"errors"
	"io"
	"net"

	"github.com/nats-io/nats.go"
)

// logRefusal logs, once for each loss of the connection, why a server refuses it or cannot be
// trusted: the user is unknown, a certificate has expired, or a file cannot be read. The NATS
// client keeps trying.
func (l *Link) logRefusal() {
	if l.connected.Load() {
		l.refusalLogged = false
		return
	}
	if err := l.conn.LastError(); err != nil && !l.refusalLogged && !isTransient(err) {
		l.refusalLogged = true
		l.log.Warn("cluster: cannot connect to a NATS server; still trying", "err", err)
	}
}

// isTransient reports whether an error comes from the network or from a server that is stopping.
// Such errors pass, and are reported elsewhere.
func isTransient(err error) bool {
	if errors.Is(err, nats.ErrTLS) {
		return false
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op != "remote error" // a TLS alert
	}
	for _, trouble := range []error{io.EOF, nats.ErrStaleConnection, nats.ErrNoServers, nats.ErrTimeout, nats.ErrConnectionClosed, nats.ErrDisconnected} {
		if errors.Is(err, trouble) {
			return true
		}
	}
	return false
}
