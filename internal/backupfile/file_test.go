package backupfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// makeBackup writes a backup of an empty journal and a new host key.
func makeBackup(t *testing.T, w io.Writer) error {
	t.Helper()
	dir := t.TempDir()
	if _, err := keys.LoadHostKey(dir); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), journal.Config{Dir: dir, HistoryLimits: room.HistoryLimits{Lines: 10, Bytes: 1 << 20}, Log: log.New(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close(context.Background()) }()
	return Write(t.Context(), dir, w, j.Backup)
}

// A file appears when it is complete, for its owner alone, and replaces no other.
func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "backup")
	if err := Create(path, func(w io.Writer) error { return WriteHeader(w, nil) }); err == nil || !strings.Contains(err.Error(), "the backup is incomplete") {
		t.Errorf("a file without the journal: %v", err)
	}
	broken := errors.New("broken")
	if err := Create(path, func(io.Writer) error { return broken }); err != broken {
		t.Errorf("a file that cannot be written: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("of files that failed, these are left: %v, %v", left, err)
	}
	if err := Create(path, func(w io.Writer) error { return makeBackup(t, w) }); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the file: %v, %v", info.Mode(), err)
	}
	if says := Describe(path); !strings.Contains(says, " bytes, host key SHA256:") {
		t.Errorf("the file is described as %q", says)
	}
	if err := Create(path, func(w io.Writer) error { return makeBackup(t, w) }); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Errorf("a second file of the same name: %v", err)
	}
}

// Whatever is not a backup, or is of another version, is refused with a reason.
func TestVerify(t *testing.T) {
	compressed := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for content, want := range map[string]string{
		"":                             "it isn't a backup of teahouse",
		"hello":                        "it isn't a backup of teahouse",
		compressed("hello"):            "it isn't a backup of teahouse",
		compressed("{}")[:20]:          "the backup is damaged",
		compressed(`{"teahouse":"x"}`): "it isn't a backup of teahouse",
		compressed(`{"teahouse":"host key","version":2}`): "use the teahouse that wrote it",
	} {
		if _, err := Verify(strings.NewReader(content), room.HistoryLimits{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
}
