package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/charmbracelet/log"

	"teahouse/keys"
)

// checkDirMode refuses a data directory into which everybody on this machine may write, who
// could put another host key and other operators there. Its group may be the one of the
// house alone, so of that it only warns.
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
	case !info.IsDir() || errors.Is(checkWritable(dir), syscall.EROFS): // who opens it says so
	case others&0o002 != 0:
		return fmt.Errorf("data directory %s: others may write into it (mode %#o): see that nobody has, and run chmod 700 on it", dir, info.Mode().Perm())
	case others&0o020 != 0:
		logger.Warn("a group may write into the data directory; run chmod 700 on it, unless that group is the house's alone", "dir", dir, "mode", fmt.Sprintf("%#o", info.Mode().Perm()))
	}
	return nil
}

// checkDirOwner refuses a data directory in which the house's user would not have what is made: one
// that is another user's. Root could write there, but then that user could not open it.
func checkDirOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return nil // it will be made, or who makes it says why it cannot be
	}
	uid, known := fileOwner(info)
	switch {
	case errors.Is(checkWritable(dir), fs.ErrPermission):
		return fmt.Errorf("data directory %s: you can't write to it; run this as the user that runs the server, or give it to that user with chown", dir)
	case known && uid != 0 && os.Geteuid() == 0:
		return fmt.Errorf("data directory %s: it belongs to the user with the number %d, who could not open what root makes there; run this as that user, for example by runuser", dir, uid)
	}
	return nil
}

// withPermissionHint adds to the error of a file in the data directory that may not be opened what to do: it is there, and
// whole perhaps.
func withPermissionHint(err error) error {
	file, ok := errors.AsType[*fs.PathError](err)
	if !ok || !errors.Is(file, fs.ErrPermission) {
		return err
	}
	return fmt.Errorf("%w; run this as the user that runs the server, or give %s to that user with chown and chmod u+rwX", err, file.Path)
}

// warnMissingJournal tells where there is a host key, by which people know a house, and nothing else of one: the
// house begins empty, for whoever comes first.
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
		logger.Warn("there is a host key, and nothing of what its house had; it begins empty", "missing", folder)
	}
}
