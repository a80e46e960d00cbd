package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/keys"
)

// Who makes a backup, or a data directory of one, reads what was done: enough to see
// that it is the right house.
func TestBackupSaysWhatItDid(t *testing.T) {
	dir := lived(t)
	key, err := keys.Host(dir)
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
			t.Errorf("%v: %d, %q; want %q", args, code, &stderr, want)
		}
	}
	says([]string{"backup", file, "--data", dir}, "Saved %s: %d bytes, host key %s, to %s.\n", dir, file)
	says([]string{"restore", file, "--data", again}, "Restored %s: %d bytes, host key %s, to %s.\n", file, again)
}
