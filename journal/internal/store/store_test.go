package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"teahouse/internal/testkit/natstest"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// waitLimit bounds every wait in these tests. No test waits for it to pass.
const waitLimit = 20 * time.Second

// wideLimits are never reached in these tests.
var wideLimits = room.HistoryLimits{Lines: 100_000, Bytes: 64 << 20, Age: 24 * time.Hour}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	t.Cleanup(cancel)
	return ctx
}

// startRemoteServer starts a NATS server that listens on a free port.
func startRemoteServer(t testing.TB) *server.Server {
	t.Helper()
	return natstest.Start(t, &server.Options{Port: -1, JetStream: true, StoreDir: t.TempDir()})
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flipByte(path string, at int64, bits byte) error {
	data, err := os.ReadFile(path)
	if err != nil || at >= int64(len(data)) {
		return err
	}
	data[at] ^= bits
	return os.WriteFile(path, data, 0o600)
}

// damagesIn returns the damage of the store in a data directory.
func damagesIn(ctx context.Context, data string) ([]integrity.Damage, error) {
	return integrity.Find(ctx, filepath.Join(data, layout.FolderName))
}
