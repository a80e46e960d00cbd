package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/charmbracelet/log"
	"github.com/gofrs/flock"
)

// CheckMode refuses a data directory that everybody on this machine may write to, because they
// could replace the host key and the operators. It only warns if its group may, because the
// server may be the only one in that group.
func CheckMode(dir string, logger *log.Logger) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it will be made
	}
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	switch others := OthersMode(info); {
	case !info.IsDir() || errors.Is(CheckWritable(dir), syscall.EROFS): // opening it reports that
	case others&0o002 != 0:
		return fmt.Errorf("data directory %s: others may write to it (mode %#o): check that nobody has, and run chmod 700 on it", dir, info.Mode().Perm())
	case others&0o020 != 0:
		logger.Warn("a group may write to the data directory; run chmod 700 on it, unless only the server is in that group", "dir", dir, "mode", fmt.Sprintf("%#o", info.Mode().Perm()))
	}
	return nil
}

// CheckOwner refuses a data directory of another user. The server could not write there; root
// could, but then that user could not open the files.
func CheckOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return nil // it will be made, or making it reports the error
	}
	uid, known := OwnerOf(info)
	switch {
	case errors.Is(CheckWritable(dir), fs.ErrPermission):
		return fmt.Errorf("data directory %s: you can't write to it; run this as the user that runs the server, or give it to that user with chown", dir)
	case known && uid != 0 && os.Geteuid() == 0:
		return fmt.Errorf("data directory %s: it belongs to user %d, who could not open files that root makes there; run this as that user, for example with runuser", dir, uid)
	}
	return nil
}

// WithPermissionHint adds what to do to the error of a file that may not be opened. The file
// exists, and may be intact.
func WithPermissionHint(err error) error {
	file, ok := errors.AsType[*fs.PathError](err)
	if !ok || !errors.Is(file, fs.ErrPermission) {
		return err
	}
	return fmt.Errorf("%w; run this as the user that runs the server, or give %s to that user with chown and chmod u+rwX", err, file.Path)
}

// Lock makes the data directory if necessary and locks it for this process. With an empty
// dir it does nothing.
func Lock(dir string) (unlock func(), err error) {
	if dir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	l := flock.New(filepath.Join(dir, "lock"))
	switch ok, err := l.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	case !ok:
		return nil, fmt.Errorf("data directory %s: %w; stop it, or choose another with --data", dir, ErrInUse)
	}
	return func() { _ = l.Unlock() }, nil
}

// LockExisting keeps a server from starting in a data directory, without making anything there.
func LockExisting(dir string) (unlock func(), err error) {
	path := filepath.Join(dir, "lock")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return func() {}, nil // no server ever ran with it
	}
	l := flock.New(path)
	switch free, err := l.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("can't tell whether a server is running: %w; run this as the user that runs the server", err)
	case !free:
		return nil, fmt.Errorf("data directory %s: %w; stop it", dir, ErrInUse)
	}
	return func() { _ = l.Unlock() }, nil
}

// ErrInUse means that another process has locked the data directory.
var ErrInUse = errors.New("it is in use by another teahouse")
