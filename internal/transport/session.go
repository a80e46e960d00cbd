package transport

import (
	"net"
	"time"

	"teahouse/internal/reply"
)

// SessionStarted tells whoever let a connection through to the door that its client has a session:
// until then it is a newcomer, which may have to make room for others. Every door
// calls it for each client, as soon as nothing more is asked of that one. A
// connection of which nobody keeps count is left alone.
func SessionStarted(conn net.Conn) {
	if newcomer, ok := conn.(interface{ SessionStarted() }); ok {
		newcomer.SessionStarted()
	}
}

// SessionEnded tells whoever let a connection through that its client has no session any more:
// it is a newcomer again. Doors whose connections outlast sessions call it.
func SessionEnded(conn net.Conn) {
	if vacant, ok := conn.(interface{ SessionEnded() }); ok {
		vacant.SessionEnded()
	}
}

// DelayReads has whoever let a connection through wait so long before it reads on, for work that was
// done for the client. Where nobody can, nobody waits.
func DelayReads(conn net.Conn, d time.Duration) {
	if client, ok := conn.(interface{ DelayReads(time.Duration) }); ok {
		client.DelayReads(d)
	}
}

// CheckReserved asks whoever let a connection through whether the client may stay, now that it is
// known whether that is an operator. It returns why it may not. Doors by which operators
// come call it before the first session.
func CheckReserved(conn net.Conn, isOperator func() bool) *reply.Refusal {
	if guest, ok := conn.(interface {
		CheckReserved(isOperator func() bool) *reply.Refusal
	}); ok {
		return guest.CheckReserved(isOperator)
	}
	return nil
}
