package keys

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A host key of a backup takes the place of no other, and its owner alone can read it.
func TestImportHostKey(t *testing.T) {
	from, to, other := t.TempDir(), t.TempDir(), t.TempDir()
	for _, dir := range []string{from, other} {
		if _, err := LoadHostKey(dir); err != nil {
			t.Fatal(err)
		}
	}
	file, err := ExportHostKey(from)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same again is no other
		if err := ImportHostKey(to, file); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(to, hostKeyFile)
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, file) {
		t.Errorf("it is not there: %v", err)
	}
	if info, err := os.Stat(path); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	before, err := ExportHostKey(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := ImportHostKey(other, file); err == nil {
		t.Error("it takes the place of another")
	}
	if after, err := ExportHostKey(other); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the other one has changed, %v", err)
	}
	if err := ImportHostKey(t.TempDir(), []byte("no key")); err == nil {
		t.Error("what is no key is taken")
	}
}
