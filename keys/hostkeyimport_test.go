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
		t.Errorf("the imported file is not the exported one (error %v)", err)
	}
	if info, err := os.Stat(path); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("the imported file has the mode %v (error %v), want 0600", info.Mode(), err)
	}
	before, err := ExportHostKey(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := ImportHostKey(other, file); err == nil {
		t.Error("the import replaced another key")
	}
	if after, err := ExportHostKey(other); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refused import changed the key that was there (error %v)", err)
	}
	if err := ImportHostKey(t.TempDir(), []byte("no key")); err == nil {
		t.Error("a file that is not a key was imported")
	}
}
