package sshd

import (
	"bytes"
	"errors"
	"time"

	"teahouse/room"
)

// takePlace brings the chat's user in. Where that would take the place of the person's
// session at another terminal once too often, it asks first: a client that came back by
// itself waits then, and does not come back again and again. Somebody there presses
// Enter. When the other session leaves, it comes in without being told to.
func (c *chat) takePlace() (*room.User, error) {
	u, err := c.enter()
	var held *room.Occupied
	if !errors.As(err, &held) {
		return u, err
	}
	c.complain(c.session.voice(c.style()), &room.Refusal{Phrase: otherTerminal})
	c.takesOver = room.TakeOverNever
	for errors.As(err, &held) {
		if err := c.awaitPlace(held.Left); err != nil {
			return nil, err
		}
		u, err = c.enter()
	}
	return u, err
}

// awaitPlace waits until the other terminal's session has left, or somebody has pressed
// Enter. The error tells why there is no point in waiting on.
func (c *chat) awaitPlace(left <-chan struct{}) error {
	var idle <-chan time.Time // for ever
	if c.server.Idle > 0 {
		timer := time.NewTimer(c.server.Idle)
		defer timer.Stop()
		idle = timer.C
	}
	for {
		select {
		case <-left:
			return nil
		case <-c.stop:
			return room.ErrClosed
		case <-idle:
			return &room.Refusal{Phrase: room.GoneIdle}
		case came := <-c.keys.readAhead():
			c.keys.ahead = false
			typed := c.keys.buf[:came.n]
			switch {
			case came.err != nil, bytes.ContainsAny(typed, "\x03\x04"):
				return &room.Refusal{Phrase: stayAtOther}
			case bytes.ContainsAny(typed, "\r\n"):
				c.takesOver = room.TakeOverAlways
				return nil
			}
		}
	}
}
