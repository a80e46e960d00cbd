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

// A checkpoint is a listener and a door that look at the house as they are closed.
type checkpoint struct {
	net.Listener
	door
	closed, shut func()
}

func (c *checkpoint) Close() error {
	c.closed()
	return nil
}

func (c *checkpoint) Shutdown(context.Context) error {
	c.shut()
	return nil
}

// A house that stops is no longer ready first, then lets nobody in any more, and only
// then shows out who is in: nobody is let in to be told to go.
func TestOrderOfStopping(t *testing.T) {
	h := &house{House: room.NewHouse(), log: log.New(io.Discard)}
	h.health.Open()
	if _, err := h.Enter(room.Visitor{Name: "alice", Door: "ssh"}); err != nil {
		t.Fatal(err)
	}
	listening := 2
	c := &checkpoint{
		closed: func() {
			listening--
			answer := httptest.NewRecorder()
			h.health.ServeHTTP(answer, nil)
			if answer.Code != http.StatusServiceUnavailable || h.Online() != 1 {
				t.Errorf("a listener is closed with the health %d and %d people in", answer.Code, h.Online())
			}
		},
		shut: func() {
			if listening != 0 || h.Online() != 0 {
				t.Errorf("a door is shut with %d listeners open and %d people in", listening, h.Online())
			}
		},
	}
	h.listeners, h.doors = []net.Listener{c, c}, []door{c, c}
	h.close()
	if listening != 0 {
		t.Errorf("%d listeners are open", listening)
	}
}
