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
	h := &app{Hub: room.NewHub(), log: log.New(io.Discard)}
	h.health.SetReady()
	if _, err := h.Enter(room.ClientInfo{RequestedName: "alice", Door: "ssh"}); err != nil {
		t.Fatal(err)
	}
	listening := 2
	c := &shutdownRecorder{
		closed: func() {
			listening--
			answer := httptest.NewRecorder()
			h.health.ServeHTTP(answer, nil)
			if answer.Code != http.StatusServiceUnavailable || h.CountSessions() != 1 {
				t.Errorf("a listener is closed with the health %d and %d people in", answer.Code, h.CountSessions())
			}
		},
		shut: func() {
			if listening != 0 || h.CountSessions() != 0 {
				t.Errorf("a door is shut with %d listeners open and %d people in", listening, h.CountSessions())
			}
		},
	}
	h.listeners, h.doors = []net.Listener{c, c}, []door{c, c}
	h.close()
	if listening != 0 {
		t.Errorf("%d listeners are open", listening)
	}
}
