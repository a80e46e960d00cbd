package testkit

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

// CopyDir returns a copy of a directory. An open journal now and then renames a file that it has
// written; if one is gone before it is copied, the copy is made again.
func CopyDir(t testing.TB, dir string) string {
	t.Helper()
	for try := 1; ; try++ {
		other := t.TempDir()
		err := os.CopyFS(other, os.DirFS(dir))
		if err == nil {
			return other
		}
		if try == 100 || !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}
