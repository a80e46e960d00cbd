package main

import (
	"net"
	"testing"

	"teahouse/internal/testkit"
)

// A client with a session is not closed to make room for others, whichever listener it came
// through.
func TestAdmittedAtEveryDoor(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme, func(t *testing.T) {
			h, stop := openApp(t, scheme+"://127.0.0.1:0")
			defer stop()
			halfOpen, err := net.Dial("tcp", h.listeners[0].Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer halfOpen.Close()
			newcomers := 0
			if scheme == "ssh" { // the only one with a handshake
				newcomers = 1
				c, err := connectPipe(h, "alice")
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
			}
			testkit.Eventually(t, "the client has a session", func() bool { return h.CountSessions() == 1 })
			testkit.Eventually(t, "the client no longer counts as one without a session", func() bool { return h.connLimiter.Counts().Handshakes == newcomers })
		})
	}
}
