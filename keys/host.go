package keys

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/charmbracelet/keygen"
	gossh "golang.org/x/crypto/ssh"
)

// hostKeyFile is the name of the host key in the data directory; the public
// half stands beside it with .pub added.
const hostKeyFile = "ssh_host_ed25519_key"

// Host returns the house's host key, an Ed25519 key in OpenSSH's format, from
// the data directory dir. Where there is none it makes one, readable for its
// owner only. A file that is there but no key, or one that others may read, is
// an error and is left as it is.
func Host(dir string) (gossh.Signer, error) {
	path := filepath.Join(dir, hostKeyFile)
	if err := checkHostFile(path); err != nil {
		return nil, err
	}
	pair, err := keygen.New(path, keygen.WithKeyType(keygen.Ed25519), keygen.WithWrite())
	if err != nil {
		return nil, fmt.Errorf("keys: host key %s: %w", path, err)
	}
	return pair.Signer(), nil
}

// checkHostFile refuses what OpenSSH would refuse as a host key.
func checkHostFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("keys: host key: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("keys: host key %s is not a regular file", path)
	case permissive(info.Mode()):
		return fmt.Errorf("keys: host key %s can be read by others (mode %#o): run chmod 600 on it", path, info.Mode().Perm())
	}
	return nil
}

// Temporary returns a host key that is kept nowhere.
func Temporary() (gossh.Signer, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("keys: make a host key: %w", err)
	}
	return gossh.NewSignerFromKey(key)
}

// Export returns the host key's file in the data directory dir, for a backup.
// It is nil where there is none.
func Export(dir string) ([]byte, error) {
	path := filepath.Join(dir, hostKeyFile)
	if err := checkHostFile(path); err != nil {
		return nil, err
	}
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return file, err
}

// CheckImport returns why [Import] would refuse a host key, and changes nothing.
func CheckImport(dir string, file []byte) error {
	if len(file) == 0 {
		return nil
	}
	if _, err := gossh.ParsePrivateKey(file); err != nil {
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

// Import puts a host key that [Export] has returned into a data directory. It
// refuses what is no key, and one that would take the place of another.
func Import(dir string, file []byte) error {
	if err := CheckImport(dir, file); err != nil || len(file) == 0 {
		return err
	}
	return os.WriteFile(filepath.Join(dir, hostKeyFile), file, 0o600)
}
