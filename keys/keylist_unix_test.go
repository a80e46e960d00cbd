//go:build unix

package keys

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A pipe in place of a list is refused. Opening it would wait for a writer and block the start.
func TestListFromPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "operators")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := ReadList(pipe)
		read <- err
	}()
	select {
	case err := <-read:
		if err == nil || !strings.Contains(err.Error(), pipe) || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("for a pipe the operator reads %v, want that it is not a regular file", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("reading the list blocks on a pipe")
		_ = os.WriteFile(pipe, nil, 0o600) // unblocks the reader
	}
}
