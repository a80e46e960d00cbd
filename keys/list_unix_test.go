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

// A pipe in a list's place is refused. To open it would wait for somebody who
// writes into it, and hold up the start of the house.
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
			t.Errorf("a pipe: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("a pipe blocks who reads it")
		_ = os.WriteFile(pipe, nil, 0o600) // lets the reader go
	}
}
