package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/room"
)

// A shutdownRecorder is a listener and a server that record the app's state when they are closed.
type shutdownRecorder struct {
	net.Listener
	door
	closed, shut func()
}

func (r *shutdownRecorder) Close() error {
	r.closed()
	return nil
}

func (r *shutdownRecorder) Shutdown(context.Context) error {
	r.shut()
	return nil
}

// A server that stops is first no longer ready, then stops accepting, and only then disconnects
// its users: nobody is admitted just to be told to leave.
func TestShutdownOrder(t *testing.T) {
	h := &app{Hub: room.New(room.Config{}), log: log.New(io.Discard)}
	h.health.SetReady()
	if _, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "alice", Door: "ssh"}); err != nil {
		t.Fatal(err)
	}
	listening := 2
	c := &shutdownRecorder{
		closed: func() {
			listening--
			answer := httptest.NewRecorder()
			h.health.ServeHTTP(answer, nil)
			if answer.Code != http.StatusServiceUnavailable || h.CountSessions() != 1 {
				t.Errorf("when a listener closes, /readyz answers %d and %d sessions are online; want %d and 1", answer.Code, h.CountSessions(), http.StatusServiceUnavailable)
			}
		},
		shut: func() {
			if listening != 0 || h.CountSessions() != 0 {
				t.Errorf("when a door shuts down, %d listeners are open and %d sessions are online, want none", listening, h.CountSessions())
			}
		},
	}
	h.listeners, h.doors = []net.Listener{c, c}, []door{c, c}
	h.close()
	if listening != 0 {
		t.Errorf("after close, %d listeners are open", listening)
	}
}
