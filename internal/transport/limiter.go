package transport

import (
	"net"
	"time"

	"teahouse/internal/reply"
)

// SessionStarted tells the connection limiter that the client of conn has a session. Until then
// the connection may be closed to make room for others. Every protocol calls it once per client,
// when the handshake is complete. It does nothing if nobody limits the connection.
func SessionStarted(conn net.Conn) {
	if newcomer, ok := conn.(interface{ SessionStarted() }); ok {
		newcomer.SessionStarted()
	}
}

// SessionEnded tells the connection limiter that the client of conn has no session any more, so
// the connection may be closed again to make room. Protocols whose connections outlast sessions
// call it.
func SessionEnded(conn net.Conn) {
	if vacant, ok := conn.(interface{ SessionEnded() }); ok {
		vacant.SessionEnded()
	}
}

// DelayReads pauses reading from conn for d, to charge the client for work done on its behalf. It
// does nothing if nobody limits the connection.
func DelayReads(conn net.Conn, d time.Duration) {
	if client, ok := conn.(interface{ DelayReads(time.Duration) }); ok {
		client.DelayReads(d)
	}
}

// CheckReserved asks the connection limiter whether the client may stay, now that isOperator can
// tell who it is. It returns the refusal if not. Protocols that admit operators call it before
// the first session.
func CheckReserved(conn net.Conn, isOperator func() bool) *reply.Refusal {
	if guest, ok := conn.(interface {
		CheckReserved(isOperator func() bool) *reply.Refusal
	}); ok {
		return guest.CheckReserved(isOperator)
	}
	return nil
}
