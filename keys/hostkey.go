package keys

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/charmbracelet/keygen"
	gossh "golang.org/x/crypto/ssh"
)

// hostKeyFile is the name of the host key in the data directory; the public
// half stands beside it with .pub added.
const hostKeyFile = "ssh_host_ed25519_key"

// publicSuffix is what the file of the public half has besides in its name.
const publicSuffix = ".pub"

// LoadHostKey returns the house's host key, an Ed25519 key in OpenSSH's format, from
// the data directory dir. Where there is none it makes one, readable for its
// owner only, and the directory, too. A file that is there but no key, one that others
// may read, and a public half without the private one are errors, and are left as they are.
func LoadHostKey(dir string) (gossh.Signer, error) {
	path := filepath.Join(dir, hostKeyFile)
	if err := checkHostKeyFile(path); err != nil {
		return nil, err
	}
	_, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if !missing {
		if err := checkHostKeyContent(path); err != nil {
			return nil, err
		}
	}
	pair, err := keygen.New(path, keygen.WithKeyType(keygen.Ed25519))
	if err == nil && missing {
		err = writeHostKey(path, pair)
	}
	if err != nil {
		return nil, fmt.Errorf("keys: host key %s: %w", path, err)
	}
	return pair.Signer(), nil
}

// checkHostKeyContent refuses a file that is no key any more: as another one all who were here would be warned of
// an attack.
func checkHostKeyContent(path string) error {
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("keys: the host key cannot be read: %w", err)
	}
	if err == nil {
		_, err = ParseHostKey(file)
	}
	if err != nil {
		return fmt.Errorf("keys: the host key %s is damaged: %w: put it back from a backup or another node; or, to have a new one, of which people's SSH clients will warn, move it and the .pub away", path, err)
	}
	return nil
}

// errKeyMismatch is what is wrong with a key of which a byte is another one.
var errKeyMismatch = errors.New("its private half does not belong to its public half")

// ParseHostKey reads a host key. Its halves must belong together.
func ParseHostKey(file []byte) (gossh.Signer, error) {
	raw, err := gossh.ParseRawPrivateKey(file)
	if err != nil {
		return nil, err
	}
	if key, ok := raw.(*ed25519.PrivateKey); ok && !ed25519.NewKeyFromSeed(key.Seed()).Equal(*key) {
		return nil, errKeyMismatch
	}
	return gossh.NewSignerFromKey(raw)
}

// writeHostKey writes a new host key, the public half last: where that is, the private one
// has been.
func writeHostKey(path string, pair *keygen.KeyPair) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	if err := writeFileAtomic(path, pair.RawPrivateKey()); err != nil {
		return err
	}
	return writeFileAtomic(path+publicSuffix, []byte(pair.AuthorizedKey()+"\n"))
}

// writeFileAtomic makes a file, for its owner's eyes, that is there with all that is in it, after
// a power cut, too, or not at all. It takes no other's place.
func writeFileAtomic(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil { // first: some systems rename no open file
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir has the disk know which files are in a directory.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // which opens no directories
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// checkHostKeyFile refuses what OpenSSH would refuse as a host key.
func checkHostKeyFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return checkHostKeyNotLost(path)
	case err != nil:
		return fmt.Errorf("keys: host key: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("keys: host key %s is not a regular file", path)
	case accessibleToOthers(info.Mode()):
		return fmt.Errorf("keys: host key %s can be read by others (mode %#o): run chmod 600 on it", path, info.Mode().Perm())
	}
	return nil
}

// checkHostKeyNotLost refuses to take a house whose host key is lost for a new one: with another
// key all who were here would be warned of an attack.
func checkHostKeyNotLost(path string) error {
	public, err := os.ReadFile(path + publicSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	which := ""
	if key, _, _, _, err := gossh.ParseAuthorizedKey(public); err == nil {
		which = " " + gossh.FingerprintSHA256(key)
	}
	return fmt.Errorf("keys: the host key%s is gone: there is %s, but not %s: put that back from a backup or another node; or, to have a new one, of which people's SSH clients will warn, remove the .pub, too",
		which, path+publicSuffix, path)
}

// TemporaryHostKey returns a host key that is kept nowhere.
func TemporaryHostKey() (gossh.Signer, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("keys: make a host key: %w", err)
	}
	return gossh.NewSignerFromKey(key)
}

// ExportHostKey returns the host key's file in the data directory dir, for a backup.
// It is nil where there is none.
func ExportHostKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, hostKeyFile)
	if err := checkHostKeyFile(path); err != nil {
		return nil, err
	}
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return file, err
}

// CheckHostKeyImport returns why [ImportHostKey] would refuse a host key, and changes nothing.
func CheckHostKeyImport(dir string, file []byte) error {
	if len(file) == 0 {
		return nil
	}
	if _, err := ParseHostKey(file); err != nil {
		return fmt.Errorf("keys: the backup's host key: %w", err)
	}
	path := filepath.Join(dir, hostKeyFile)
	have, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !bytes.Equal(have, file):
		return fmt.Errorf("keys: there is another host key in %s; move it away if the backup's is to be used", path)
	}
	return nil
}

// ImportHostKey puts a host key that [ExportHostKey] has returned into a data directory. It
// refuses what is no key, and one that would take the place of another.
func ImportHostKey(dir string, file []byte) error {
	if err := CheckHostKeyImport(dir, file); err != nil || len(file) == 0 {
		return err
	}
	path := filepath.Join(dir, hostKeyFile)
	if _, err := os.Stat(path); err == nil {
		return nil // it is the same
	}
	return writeFileAtomic(path, file)
}
