package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit/datadirtest"
	"teahouse/keys"
)

// backup and restore say what they did, so that one can see that it is the right server.
func TestBackupReport(t *testing.T) {
	t.Parallel()
	dir := datadirtest.Used(t)
	key, err := keys.LoadHostKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	file, again := filepath.Join(t.TempDir(), "b"), filepath.Join(t.TempDir(), "again")
	says := func(args []string, format, from, to string) {
		t.Helper()
		var stderr bytes.Buffer
		code := run(args, io.Discard, &stderr)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(format, from, info.Size(), gossh.FingerprintSHA256(key.PublicKey()), to)
		if code != exitOK || stderr.String() != want {
			t.Errorf("teahouse %v exits with %d and says %q, want %q", args, code, &stderr, want)
		}
	}
	says([]string{"backup", file, "--data", dir}, "Saved %s: %d bytes, host key %s, to %s.\n", dir, file)
	says([]string{"restore", file, "--data", again}, "Restored %s: %d bytes, host key %s, to %s.\n", file, again)
}

// A data directory is restored completely or not at all: if the messages cannot be restored,
// there is no host key either.
func TestRestoreIsAtomic(t *testing.T) {
	file, again := filepath.Join(t.TempDir(), "b"), t.TempDir()
	if code := run([]string{"backup", file, "--data", datadirtest.Used(t)}, io.Discard, io.Discard); code != exitOK {
		t.Fatalf("teahouse backup exits with %d", code)
	}
	if err := os.MkdirAll(filepath.Join(again, "journal", "something else"), 0o700); err != nil {
		t.Fatal(err)
	}
	if code := run([]string{"restore", file, "--data", again}, io.Discard, io.Discard); code == exitOK {
		t.Error("teahouse restore wrote over something else")
	}
	if key, err := keys.ExportHostKey(again); err != nil || key != nil {
		t.Errorf("a failed restore left a host key (error %v)", err)
	}
}
