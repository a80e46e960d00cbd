package gate

import (
	"container/list"
	"time"

	"teahouse/door"
)

// A Conn is a connection that has a place.
type Conn struct {
	door.Socket
	gate *Gate // nil for one that no Gate gave a place

	// Written under the Gate's lock.
	address   *address      // nil when it is unknown
	began     time.Time     // set once
	handshake *list.Element // nil once it is in
	left      bool          // its place is given back
}

// Admitted tells that the handshake is over: the connection cannot be displaced
// any more. Doors call it by [door.Admit]. It may be called by any goroutine, and
// again.
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
	return c.Socket.Close()
}
