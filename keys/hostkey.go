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

// hostKeyFile is the name of the host key's file in the data directory. The public key is in a
// file of the same name with the suffix .pub.
const hostKeyFile = "ssh_host_ed25519_key"

// publicSuffix is the suffix of the public key's file.
const publicSuffix = ".pub"

// LoadHostKey returns the server's host key, an Ed25519 key in OpenSSH format, from the data
// directory dir. If there is none, it makes one, readable only for its owner, and the directory
// if necessary. It is an error if the file is not a key, if others may read it, or if there is
// only the public key; the files then stay as they are.
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

// checkHostKeyContent returns an error if the file is not a key any more. Replacing it silently
// would make every client warn of an attack.
func checkHostKeyContent(path string) error {
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("keys: the host key cannot be read: %w", err)
	}
	if err == nil {
		_, err = ParseHostKey(file)
	}
	if err != nil {
		return fmt.Errorf("keys: the host key %s is damaged: %w; restore it from a backup or another node, or move it and the .pub file away to have a new key made, which every user's SSH client will warn about", path, err)
	}
	return nil
}

// errKeyMismatch means that a byte of the private key's file has changed.
var errKeyMismatch = errors.New("its private half does not match its public half")

// ParseHostKey parses a private key and checks that its two halves match.
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

// writeHostKey writes a new host key. The public key comes last, so its existence means that
// there was a private one.
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

// writeFileAtomic creates a file that is readable only for its owner. After a power failure it is
// either complete or missing. An existing file is not replaced.
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
	if err := f.Close(); err != nil { // first, because some systems cannot rename an open file
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

// syncDir flushes a directory's entries to the disk.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // Windows cannot open directories
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

// checkHostKeyNotLost returns an error if there was a host key that is now missing. Making a new
// one silently would make every client warn of an attack.
func checkHostKeyNotLost(path string) error {
	public, err := os.ReadFile(path + publicSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	which := ""
	if key, _, _, _, err := gossh.ParseAuthorizedKey(public); err == nil {
		which = " " + gossh.FingerprintSHA256(key)
	}
	return fmt.Errorf("keys: the host key%s is missing: %s exists, but %s does not; restore it from a backup or another node, or remove the .pub file as well to have a new key made, which every user's SSH client will warn about",
		which, path+publicSuffix, path)
}

// TemporaryHostKey returns a new host key that is not stored.
func TemporaryHostKey() (gossh.Signer, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("keys: make a host key: %w", err)
	}
	return gossh.NewSignerFromKey(key)
}

// ExportHostKey returns the contents of the host key's file in the data directory dir, for a
// backup. It returns nil if there is none.
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

// CheckHostKeyImport returns the error that [ImportHostKey] would return, and changes nothing.
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
		return fmt.Errorf("keys: %s already has another host key; move it away to use the one of the backup", path)
	}
	return nil
}

// ImportHostKey writes a host key that [ExportHostKey] returned into a data directory. It refuses
// anything that is not a key, and does not replace another key.
func ImportHostKey(dir string, file []byte) error {
	if err := CheckHostKeyImport(dir, file); err != nil || len(file) == 0 {
		return err
	}
	path := filepath.Join(dir, hostKeyFile)
	if _, err := os.Stat(path); err == nil {
		return nil // it is the same key
	}
	return writeFileAtomic(path, file)
}
