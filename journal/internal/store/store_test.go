package store

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"teahouse/internal/testkit/natstest"
	"teahouse/room"
)

// waitLimit bounds every wait in these tests. Nothing waits for it to pass.
const waitLimit = 20 * time.Second

// wideLimits is a memory that nothing in these tests fills.
var wideLimits = room.HistoryLimits{Lines: 100_000, Bytes: 64 << 20, Age: 24 * time.Hour}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	t.Cleanup(cancel)
	return ctx
}

// startRemoteServer starts a NATS server that listens at a port of its own.
func startRemoteServer(t testing.TB) *server.Server {
	t.Helper()
	return natstest.Start(t, &server.Options{Port: -1, JetStream: true, StoreDir: t.TempDir()})
}
