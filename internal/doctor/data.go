package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/shirou/gopsutil/v4/disk"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/datadir"
	"teahouse/journal"
	"teahouse/keys"
)

// minFreeSpace is too little for any server.
const minFreeSpace = 16 << 20

// checkDataDir checks the data directory itself.
func (d *doctor) checkDataDir(context.Context) []finding {
	if d.Journal.Dir == "" {
		return newFinding(severityWarning, `Everything is kept in memory (--data "") and is gone when the server stops.`)
	}
	info, err := os.Stat(d.Journal.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return d.checkDirCreatable()
	}
	if f := d.checkDirUsable(info, err); f != nil {
		d.dirUnusable = true
		return f
	}
	if uid, ok := datadir.OwnerOf(info); ok && uid != os.Geteuid() {
		return newFinding(severityWarning, "The data directory %s belongs to the user with the number %d, and you are %d; the server must run as its owner.", d.Journal.Dir, uid, os.Geteuid())
	}
	switch others := datadir.OthersMode(info); {
	case others&0o022 != 0:
		return newFinding(severityError, "Others may write into the data directory %s (mode %#o); run chmod 700 on it.", d.Journal.Dir, info.Mode().Perm())
	case others != 0:
		return newFinding(severityWarning, "Others may look into the data directory %s (mode %#o); run chmod 700 on it.", d.Journal.Dir, info.Mode().Perm())
	}
	return newFinding(severityOK, "The data directory %s is there, for its owner alone.", d.Journal.Dir)
}

// checkDirUsable checks whether a server could use what is in the place of the data directory.
func (d *doctor) checkDirUsable(info fs.FileInfo, err error) []finding {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return newFinding(severityError, "The data directory %s can't be created, because %s is a file; choose another with --data.", d.Journal.Dir, d.existingDir())
	case err != nil:
		return newFinding(severityError, "The data directory can't be examined: %v; run this as the user that runs the server.", err)
	case !info.IsDir():
		return newFinding(severityError, "The data directory %s is a file; choose another with --data.", d.Journal.Dir)
	}
	return d.dirNotWritable(datadir.CheckWritable(d.Journal.Dir))
}

// dirNotWritable returns a finding for an error of writing to the data directory, or nil for
// none.
func (d *doctor) dirNotWritable(err error) []finding {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EROFS):
		return newFinding(severityError, "The data directory %s can't be written by anyone, because its disk is mounted read-only; mount it for writing (after an error of the disk, look at that first), or choose another with --data.", d.Journal.Dir)
	case errors.Is(err, fs.ErrPermission):
		return newFinding(severityError, "The data directory %s can't be written by you; run this as the user that runs the server, or give it to that user with chown.", d.Journal.Dir)
	}
	return newFinding(severityError, "The data directory %s cannot be written: %v; choose another with --data.", d.Journal.Dir, err)
}

// checkDirCreatable checks whether the data directory can be made.
func (d *doctor) checkDirCreatable() []finding {
	parent := d.existingDir()
	if err := datadir.CheckWritable(parent); err != nil {
		return d.dirNotCreatable(parent, err)
	}
	return newFinding(severityOK, "The data directory %s will be created when the server starts.", d.Journal.Dir)
}

// dirNotCreatable returns a finding for an error of making the data directory in parent.
func (d *doctor) dirNotCreatable(parent string, err error) []finding {
	switch {
	case errors.Is(err, syscall.EROFS):
		return newFinding(severityError, "The data directory %s doesn't exist and can't be created, because the disk of %s is mounted read-only; mount it for writing, or choose another with --data.", d.Journal.Dir, parent)
	case errors.Is(err, fs.ErrPermission):
		return newFinding(severityError, "The data directory %s doesn't exist and can't be created, because you can't write to %s; create it, or choose another with --data.", d.Journal.Dir, parent)
	}
	return newFinding(severityError, "The data directory %s doesn't exist and can't be created in %s: %v; choose another with --data.", d.Journal.Dir, parent, err)
}

// existingDir returns the data directory or, if it does not exist, its nearest ancestor that
// does.
func (d *doctor) existingDir() string {
	dir, err := filepath.Abs(d.Journal.Dir)
	if err != nil {
		return d.Journal.Dir
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// checkHostKey checks whether the host key can be used.
func (d *doctor) checkHostKey(context.Context) []finding {
	if d.Journal.Dir == "" || d.dirUnusable {
		return nil
	}
	file, err := keys.ExportHostKey(d.Journal.Dir)
	switch {
	case err != nil:
		return newFinding(severityError, "The host key cannot be used: %v.", err)
	case file == nil:
		return newFinding(severityOK, "There is no host key yet; one will be created when the server starts.")
	}
	key, err := keys.ParseHostKey(file)
	if err != nil {
		return newFinding(severityError, "The host key in %s is damaged: %v; restore it from a backup, or move it away to have a new one made, which every user's SSH client will warn about.", d.Journal.Dir, err)
	}
	return newFinding(severityOK, "The host key is %s, for its owner alone.", gossh.FingerprintSHA256(key.PublicKey()))
}

// checkDiskSpace checks the free space on the disk.
func (d *doctor) checkDiskSpace(ctx context.Context) []finding {
	if d.Journal.Dir == "" || d.dirUnusable {
		return nil
	}
	usage, err := disk.UsageWithContext(ctx, d.existingDir())
	if err != nil {
		return nil // not every system tells
	}
	free := formatBytes(usage.Free)
	most := journal.MaxHistoryBytes(d.Journal.HistoryLimits)
	switch {
	case usage.Free < minFreeSpace:
		return newFinding(severityError, "The disk of %s is full: %s are free; make room.", d.Journal.Dir, free)
	case d.Journal.URL == "" && d.Journal.HistoryLimits.Lines > 0 && usage.Free < most:
		return newFinding(severityWarning, "The disk of %s has %s free, and what is said may take up to %s; make room, or keep less with --history-bytes.", d.Journal.Dir, free, formatBytes(most))
	}
	return newFinding(severityOK, "The disk of %s has %s free.", d.Journal.Dir, free)
}

// checkStore checks whether a running server uses the data directory and, if not, whether its
// store can be read.
func (d *doctor) checkStore(ctx context.Context) []finding {
	if _, err := os.Stat(filepath.Join(d.Journal.Dir, "lock")); d.Journal.Dir == "" || d.dirUnusable || errors.Is(err, fs.ErrNotExist) {
		return nil // no server ever ran with it
	}
	unlock, err := datadir.LockExisting(d.Journal.Dir)
	switch d.dirInUse = errors.Is(err, datadir.ErrInUse); {
	case d.dirInUse:
		return append(newFinding(severityOK, "A server is running with the data directory %s.", d.Journal.Dir), d.checkStoreVersion(ctx)...)
	case err != nil:
		return newFinding(severityError, "The stored data can't be checked: %v.", err)
	}
	defer unlock()
	return append(newFinding(severityOK, "No server is running with the data directory %s.", d.Journal.Dir), d.checkStoreVersion(ctx)...)
}

// checkStoreVersion checks the store in the data directory.
func (d *doctor) checkStoreVersion(ctx context.Context) []finding {
	version, newest, err := journal.StoredVersion(d.Journal.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newFinding(severityOK, "Nothing is stored yet.")
	case err != nil:
		return newFinding(severityError, "The stored data can't be read: %v.", err)
	case version < newest:
		return newFinding(severityWarning, "The stored data has version %d. Once this server opens it, it has version %d, which older servers refuse. Make a backup first.", version, newest)
	case d.dirInUse || d.Journal.URL != "":
		return newFinding(severityOK, "The stored data has version %d, which this server reads.", version)
	}
	if f := d.checkStoreFiles(ctx); f != nil {
		return f
	}
	if err := journal.CheckReadable(ctx, d.Journal.Dir); err != nil {
		return newFinding(severityError, "The stored data can't be read: %v.", err)
	}
	return append(newFinding(severityOK, "The stored data has version %d and can be read.", version), d.checkDamagedFiles()...)
}

// checkStoreFiles reads all files of the store in the data directory.
func (d *doctor) checkStoreFiles(ctx context.Context) (f []finding) {
	damages, err := journal.Damages(ctx, d.Journal.Dir)
	if err != nil {
		return newFinding(severityError, "The stored data can't be read: %v.", err)
	}
	for _, damage := range damages {
		switch {
		case damage.Unsynced:
			f = append(f, newFinding(severityWarning, "%v; a power cut can cause this. The server starts without it.", damage)...)
		case damage.Fatal():
			f = append(f, newFinding(severityError, "%v; the server won't start. Move %s away and restore a backup, or what teahouse salvage makes of it; or start without the lost part, with --accept-loss.", damage, filepath.Join(d.Journal.Dir, "journal"))...)
		default:
			f = append(f, newFinding(severityError, "%v; the server starts without it and keeps the file as it is. Check the disk, or restore a backup.", damage)...)
		}
	}
	return f
}

// checkDamagedFiles looks for copies of damaged files.
func (d *doctor) checkDamagedFiles() []finding {
	kept := journal.DamagedCopies(d.Journal.Dir)
	if len(kept) == 0 {
		return nil
	}
	return newFinding(severityWarning, "Damaged files of the store are kept in %s. They still contain what people had deleted: remove them once nobody needs them.", strings.Join(kept, ", "))
}
