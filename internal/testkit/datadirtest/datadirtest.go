// Package datadirtest makes data directories for tests. It stands apart from testkit, which the
// tests of package journal use.
package datadirtest

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/internal/datadir"
	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// Used makes a data directory that a server has used.
func Used(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := datadir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := keys.LoadHostKey(dir); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), journal.Config{Dir: dir, HistoryLimits: room.HistoryLimits{Lines: 10, Bytes: 1 << 20}, Log: log.New(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Chmod changes the mode of a file or directory. Where modes mean nothing, it skips the test.
func Chmod(t testing.TB, path string, mode os.FileMode) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
