package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/charmbracelet/log"
	"github.com/gofrs/flock"

	"teahouse/keys"
)

// checkDirMode refuses a data directory that everybody on this machine may write to, because they
// could replace the host key and the operators. It only warns if its group may, because the
// server may be the only one in that group.
func checkDirMode(dir string, logger *log.Logger) error {
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
	switch others := nonOwnerMode(info); {
	case !info.IsDir() || errors.Is(checkWritable(dir), syscall.EROFS): // opening it reports that
	case others&0o002 != 0:
		return fmt.Errorf("data directory %s: others may write into it (mode %#o): see that nobody has, and run chmod 700 on it", dir, info.Mode().Perm())
	case others&0o020 != 0:
		logger.Warn("a group may write to the data directory; run chmod 700 on it, unless only the server is in that group", "dir", dir, "mode", fmt.Sprintf("%#o", info.Mode().Perm()))
	}
	return nil
}

// checkDirOwner refuses a data directory of another user. The server could not write there; root
// could, but then that user could not open the files.
func checkDirOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return nil // it will be made, or making it reports the error
	}
	uid, known := fileOwner(info)
	switch {
	case errors.Is(checkWritable(dir), fs.ErrPermission):
		return fmt.Errorf("data directory %s: you can't write to it; run this as the user that runs the server, or give it to that user with chown", dir)
	case known && uid != 0 && os.Geteuid() == 0:
		return fmt.Errorf("data directory %s: it belongs to user %d, who could not open files that root makes there; run this as that user, for example with runuser", dir, uid)
	}
	return nil
}

// withPermissionHint adds what to do to the error of a file that may not be opened. The file
// exists, and may be intact.
func withPermissionHint(err error) error {
	file, ok := errors.AsType[*fs.PathError](err)
	if !ok || !errors.Is(file, fs.ErrPermission) {
		return err
	}
	return fmt.Errorf("%w; run this as the user that runs the server, or give %s to that user with chown and chmod u+rwX", err, file.Path)
}

// warnMissingJournal warns if there is a host key, by which clients know the server, but no data:
// the server will start empty, and the first user could become its operator.
func warnMissingJournal(c config, logger *log.Logger) {
	if c.Data == "" || c.Nats != "" {
		return
	}
	key, err := keys.ExportHostKey(c.Data)
	if err != nil || key == nil {
		return
	}
	folder := filepath.Join(c.Data, "journal")
	if found, err := os.ReadDir(folder); len(found) == 0 && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		logger.Warn("there is a host key but no data; the server starts empty", "missing", folder)
	}
}

// lockDataDir makes the data directory if necessary and locks it for this process. With an empty
// dir it does nothing.
func lockDataDir(dir string) (unlock func(), err error) {
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
		return nil, fmt.Errorf("data directory %s: %w; stop it, or choose another with --data", dir, errInUse)
	}
	return func() { _ = l.Unlock() }, nil
}

// errInUse means that another process has locked the data directory.
var errInUse = errors.New("it is in use by another teahouse")
