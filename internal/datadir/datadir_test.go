//go:build unix

package datadir

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
)

// A data directory that everybody may write to is refused with what to do. One that a group may
// write to causes a warning. One that others may only read is left to the doctor.
func TestCheckMode(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := CheckMode(dir, nil); err != nil {
		t.Errorf("a directory that does not exist yet is refused: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]string{0o700: "", 0o755: "", 0o750: "", 0o770: "warns", 0o775: "warns", 0o777: "refuses", 0o702: "refuses"} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		err := CheckMode(dir, log.New(&logged))
		if (err != nil) != (want == "refuses") || strings.Contains(logged.String(), "WARN") != (want == "warns") {
			t.Errorf("for a directory of mode %#o the error is %v and the log says %q; want that it %s", mode, err, logged.String(), want)
		}
		if want != "" && !strings.Contains(fmt.Sprint(logged.String(), err), "chmod 700") {
			t.Errorf("for a directory of mode %#o the operator does not read what to do: %v, %q", mode, err, logged.String())
		}
	}
}

// One process at a time has the lock. LockExisting makes nothing.
func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := LockExisting(dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("LockExisting made the directory (error %v)", err)
	}
	if unlock, err = Lock(dir); err != nil {
		t.Fatal(err)
	}
	for what, lock := range map[string]func(string) (func(), error){"Lock": Lock, "LockExisting": LockExisting} {
		if _, err := lock(dir); !errors.Is(err, ErrInUse) {
			t.Errorf("while another process has the lock, %s returns %v, want %v", what, err, ErrInUse)
		}
	}
	unlock()
	if unlock, err = LockExisting(dir); err != nil {
		t.Fatal(err)
	}
	unlock()
}
