package sshd

import (
	"bytes"
	"errors"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/reply"
	"teahouse/room"
)

// enterOrAskTakeover enters the chat. If that would replace the person's session at another
// terminal once too often, it first asks the user to press Enter, so that two clients that
// reconnect by themselves do not replace each other for ever. If the other session leaves, it
// enters without being asked.
func (t *terminalSession) enterOrAskTakeover() (*command.Runner, error) {
	u, err := t.enter()
	var held *room.SessionConflictError
	if !errors.As(err, &held) {
		return u, err
	}
	t.writeError(t.acquireFormat(t.formatOptions()), reply.Say(takeoverQuestion))
	t.takeOver = room.TakeoverNever
	for errors.As(err, &held) {
		if err := t.waitForTakeover(held.Ended); err != nil {
			return nil, err
		}
		u, err = t.enter()
	}
	return u, err
}

// waitForTakeover waits until the other terminal's session has left, or the user has pressed
// Enter. The error says why waiting is pointless.
func (t *terminalSession) waitForTakeover(left <-chan struct{}) error {
	var idle <-chan time.Time // never fires
	if t.server.Idle > 0 {
		timer := time.NewTimer(t.server.Idle)
		defer timer.Stop()
		idle = timer.C
	}
	for {
		select {
		case <-left:
			return nil
		case <-t.stop:
			return room.ErrClosed
		case <-idle:
			return &reply.Refusal{Code: reply.GoodbyeIdle}
		case came := <-t.input.startRead():
			t.input.readPending = false
			typed := t.input.buf[:came.n]
			switch {
			case came.err != nil, bytes.ContainsAny(typed, "\x03\x04"):
				return &reply.Refusal{Code: takeoverDeclined}
			case bytes.ContainsAny(typed, "\r\n"):
				t.takeOver = room.TakeoverAlways
				return nil
			}
		}
	}
}
