//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/internal/testkit/datadirtest"
	"teahouse/keys"
)

// A data directory that everybody may write to is refused with what to do, and nothing is made in
// it.
func TestWorldWritableDataDir(t *testing.T) {
	dir := t.TempDir()
	datadirtest.Chmod(t, dir, 0o777)
	var stderr bytes.Buffer
	code := run([]string{"--data", dir, "--listen", "ssh://192.0.2.1:1"}, io.Discard, &stderr)
	if code == exitOK || !strings.Contains(stderr.String(), dir+": others may write to it") {
		t.Errorf("with a directory that everybody may write to, the server exits with %d and says %s", code, &stderr)
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
		t.Errorf("the server made %v in it (error %v)", made, err)
	}
}

// A directory with a host key and no data causes a warning, unless the data is stored elsewhere.
func TestHostKeyWithoutJournal(t *testing.T) {
	empty, whole, bare := t.TempDir(), t.TempDir(), t.TempDir()
	for _, dir := range []string{whole, bare} {
		if _, err := keys.LoadHostKey(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(whole, "journal"), os.DirFS(bare)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		config config
		warns  bool
	}{
		{config{Data: bare}, true},
		{config{Data: bare, Nats: "nats://127.0.0.1:4222"}, false},
		{config{Data: whole}, false},
		{config{Data: empty}, false},
		{config{}, false},
	} {
		var logged bytes.Buffer
		warnMissingJournal(c.config, log.New(&logged))
		if strings.Contains(logged.String(), filepath.Join(c.config.Data, "journal")) != c.warns {
			t.Errorf("with --data %q and --nats %q the log says %q, a warning: %v", c.config.Data, c.config.Nats, &logged, c.warns)
		}
	}
}
