//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"teahouse/internal/testkit/datadirtest"
)

// Files that root makes in another user's data directory could not be opened by that user. Every
// command that would make some says which user to run as, and changes nothing.
func TestDataDirOfAnotherUser(t *testing.T) {
	t.Parallel()
	saved := filepath.Join(t.TempDir(), "backup")
	if code := run([]string{"backup", saved, "--data", datadirtest.Used(t)}, io.Discard, io.Discard); code != exitOK {
		t.Fatalf("teahouse backup exits with %d", code)
	}
	dir, says := t.TempDir(), "you can't write to it; run this as the user"
	datadirtest.Chmod(t, dir, 0o500)
	if os.Geteuid() == 0 {
		const nobody = 65534
		says = "it belongs to user 65534"
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"--listen", "ssh://192.0.2.1:1"},
		{"move", "--nats", "nats://127.0.0.1:1"},
		{"restore", saved},
	} {
		var stderr strings.Builder
		if code := run(append(args, "--data", dir), io.Discard, &stderr); code != exitFailed || !strings.Contains(stderr.String(), says) {
			t.Errorf("teahouse %v exits with %d and says %s; want %d and %q", args, code, &stderr, exitFailed, says)
		}
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
		t.Errorf("the commands made %v in another user's directory (error %v)", made, err)
	}
	datadirtest.Chmod(t, dir, 0o700)
}

// A file that may not be opened is not reported as damaged; the error says what to do.
func TestFileOfAnotherUser(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may open all files")
	}
	for _, name := range []string{
		"lock", "ssh_host_ed25519_key", "journal", "journal/version", "journal/node", "journal/watermarks",
		"journal/jetstream/$G/streams/KV_authority/msgs", "journal/jetstream/$G/streams/PM/meta.inf",
	} {
		dir := datadirtest.Used(t)
		path := filepath.Join(dir, name)
		datadirtest.Chmod(t, path, 0)
		var stderr strings.Builder
		code := run([]string{"--data", dir, "--listen", "ssh://192.0.2.1:1"}, io.Discard, &stderr)
		datadirtest.Chmod(t, path, 0o700)
		if said := stderr.String(); code == exitOK || strings.Contains(said, "damaged") || !strings.Contains(said, path+" to that user") {
			t.Errorf("if %s may not be opened, the server exits with %d and says %s", name, code, said)
		}
	}
}
