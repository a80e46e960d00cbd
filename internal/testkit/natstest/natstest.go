// Package natstest starts NATS servers inside tests. It stands apart from testkit, so that only the
// tests that need it link a NATS server.
package natstest

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"teahouse/internal/testkit"
)

// Start starts a NATS server on the loopback interface, at the port that the options have, and
// stops it at the end of the test.
func Start(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	o.Host, o.NoSigs, o.NoLog = "127.0.0.1", true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { Stop(s) })
	if !s.ReadyForConnections(testkit.Timeout) {
		t.Fatal("the NATS server does not start")
	}
	return s
}

// Stop stops a server, and waits until it has stopped.
func Stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}
