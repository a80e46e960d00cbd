package keys

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A host key from a backup replaces no other key, and only its owner can read it.
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
	for range 2 { // importing the same key again is allowed
		if err := ImportHostKey(to, file); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(to, hostKeyFile)
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, file) {
		t.Errorf("the imported key cannot be loaded: %v", err)
	}
	if info, err := os.Stat(path); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	before, err := ExportHostKey(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := ImportHostKey(other, file); err == nil {
		t.Error("the import replaced another key")
	}
	if after, err := ExportHostKey(other); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the other key has changed, %v", err)
	}
	if err := ImportHostKey(t.TempDir(), []byte("no key")); err == nil {
		t.Error("a file that is not a key was imported")
	}
}
