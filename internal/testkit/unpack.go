package testkit

import (
	"archive/tar"
	"compress/gzip"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Unpack returns a new directory with the contents of a file that ends in .tar.gz.base64.
func Unpack(t testing.TB, file string) (dir string) {
	t.Helper()
	packed, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	plain, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, packed))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	files := tar.NewReader(plain)
	for {
		f, err := files.Next()
		if err == io.EOF {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if f.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else if data, failed := io.ReadAll(files); failed != nil {
			err = failed
		} else {
			err = os.WriteFile(path, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
