package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"
	"github.com/gofrs/flock"
	"github.com/shirou/gopsutil/v4/disk"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/journal"
	"teahouse/keys"
)

// leastSpace is less than any house can live with.
const leastSpace = 16 << 20

// checkData looks at the data directory itself.
func (d *doctor) checkData(context.Context) []finding {
	if d.Data == "" {
		return found(look, `All is kept in memory, by --data "", and is gone when the house closes.`)
	}
	info, err := os.Stat(d.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return d.checkParent()
	}
	if f := d.checkUse(info, err); f != nil {
		d.barred = true
		return f
	}
	if uid, ok := owner(info); ok && uid != os.Geteuid() {
		return found(look, "The data directory %s belongs to the user with the number %d, and you are %d; the house must run as its owner.", d.Data, uid, os.Geteuid())
	}
	switch others := forOthers(info); {
	case others&0o022 != 0:
		return found(wrong, "Others may write into the data directory %s (mode %#o); run chmod 700 on it.", d.Data, info.Mode().Perm())
	case others != 0:
		return found(look, "Others may look into the data directory %s (mode %#o); run chmod 700 on it.", d.Data, info.Mode().Perm())
	}
	return found(fine, "The data directory %s is there, for its owner alone.", d.Data)
}

// checkUse looks whether what a house does with the data directory can be done to
// what stands there.
func (d *doctor) checkUse(info fs.FileInfo, err error) []finding {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return found(wrong, "The data directory %s cannot be made, because %s is a file; choose another with --data.", d.Data, d.nearest())
	case err != nil:
		return found(wrong, "The data directory cannot be looked at: %v; run this as the user whom the house runs as.", err)
	case !info.IsDir():
		return found(wrong, "The data directory %s is a file; choose another with --data.", d.Data)
	}
	return d.unwritable(checkWrite(d.Data))
}

// unwritable says what keeps you from writing into the data directory, where an error does.
func (d *doctor) unwritable(err error) []finding {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EROFS):
		return found(wrong, "The data directory %s cannot be written by anybody, because its disk is mounted read-only; mount it for writing (after an error of the disk, look at that first), or choose another with --data.", d.Data)
	case errors.Is(err, fs.ErrPermission):
		return found(wrong, "The data directory %s cannot be written by you; run this as the user whom the house runs as, or give it to that user with chown.", d.Data)
	}
	return found(wrong, "The data directory %s cannot be written: %v; choose another with --data.", d.Data, err)
}

// checkParent looks whether the data directory can be made.
func (d *doctor) checkParent() []finding {
	parent := d.nearest()
	if err := checkWrite(parent); err != nil {
		return d.unmakable(parent, err)
	}
	return found(fine, "The data directory %s will be made when the house opens.", d.Data)
}

// unmakable says what keeps you from making the data directory in another.
func (d *doctor) unmakable(parent string, err error) []finding {
	switch {
	case errors.Is(err, syscall.EROFS):
		return found(wrong, "The data directory %s is not there and cannot be made, because the disk of %s is mounted read-only; mount it for writing, or choose another with --data.", d.Data, parent)
	case errors.Is(err, fs.ErrPermission):
		return found(wrong, "The data directory %s is not there and cannot be made, because you may not write into %s; make it, or choose another with --data.", d.Data, parent)
	}
	return found(wrong, "The data directory %s is not there and cannot be made in %s: %v; choose another with --data.", d.Data, parent, err)
}

// nearest returns the data directory or, where there is none yet, what is nearest
// to it of those it will be in.
func (d *doctor) nearest() string {
	dir, err := filepath.Abs(d.Data)
	if err != nil {
		return d.Data
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// checkHostKey looks whether the host key can be used.
func (d *doctor) checkHostKey(context.Context) []finding {
	if d.Data == "" || d.barred {
		return nil
	}
	file, err := keys.Export(d.Data)
	switch {
	case err != nil:
		return found(wrong, "The host key cannot be used: %v.", err)
	case file == nil:
		return found(fine, "There is no host key yet; one will be made when the house opens.")
	}
	key, err := keys.ParseHost(file)
	if err != nil {
		return found(wrong, "The host key in %s is damaged: %v; put it back from a backup, or move it away to have another one, which people's SSH clients will warn of.", d.Data, err)
	}
	return found(fine, "The host key is %s, for its owner alone.", gossh.FingerprintSHA256(key.PublicKey()))
}

// checkSpace looks at the disk.
func (d *doctor) checkSpace(ctx context.Context) []finding {
	if d.Data == "" || d.barred {
		return nil
	}
	usage, err := disk.UsageWithContext(ctx, d.nearest())
	if err != nil {
		return nil // not every system tells
	}
	free := humanize.IBytes(usage.Free)
	most := journal.Most(d.memory())
	switch {
	case usage.Free < leastSpace:
		return found(wrong, "The disk of %s is full: %s are free; make room.", d.Data, free)
	case d.Nats == "" && d.History > 0 && usage.Free < most:
		return found(look, "The disk of %s has %s free, and what is said may take up to %s; make room, or keep less with --history-bytes.", d.Data, free, humanize.IBytes(most))
	}
	return found(fine, "The disk of %s has %s free.", d.Data, free)
}

// checkStore looks whether a house has the data directory open and, where none has,
// whether the store in it can be read.
func (d *doctor) checkStore(ctx context.Context) []finding {
	path := filepath.Join(d.Data, "lock")
	if _, err := os.Stat(path); d.Data == "" || d.barred || errors.Is(err, fs.ErrNotExist) {
		return nil // no house was ever open in it
	}
	l := flock.New(path)
	free, err := l.TryLock()
	if err != nil {
		return found(wrong, "It cannot be found out whether a teahouse runs: %v; run this as the user whom the house runs as.", err)
	}
	d.held = !free
	if d.held {
		return append(found(fine, "A teahouse runs, and has the data directory %s.", d.Data), d.checkVersion(ctx)...)
	}
	defer func() { _ = l.Unlock() }()
	return append(found(fine, "No teahouse runs with the data directory %s.", d.Data), d.checkVersion(ctx)...)
}

// checkVersion looks at the store in the data directory.
func (d *doctor) checkVersion(ctx context.Context) []finding {
	version, newest, err := journal.Stored(d.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return found(fine, "Nothing is stored yet.")
	case err != nil:
		return found(wrong, "What is stored cannot be read: %v.", err)
	case version < newest:
		return found(look, "What is stored is of version %d; once this teahouse opens it is of version %d, which older ones refuse. Make a backup before.", version, newest)
	case d.held || d.Nats != "":
		return found(fine, "What is stored is of version %d, which this teahouse reads.", version)
	}
	if f := d.checkBlocks(ctx); f != nil {
		return f
	}
	if err := journal.Probe(ctx, d.Data); err != nil {
		return found(wrong, "What is stored cannot be read: %v.", err)
	}
	return append(found(fine, "What is stored is of version %d, and can be read.", version), d.checkKept()...)
}

// checkBlocks reads all files of the store in the data directory.
func (d *doctor) checkBlocks(ctx context.Context) (f []finding) {
	damages, err := journal.Damages(ctx, d.Data)
	if err != nil {
		return found(wrong, "What is stored cannot be read: %v.", err)
	}
	for _, damage := range damages {
		switch {
		case damage.Late:
			f = append(f, found(look, "%v; a power cut leaves that, too. The house opens without it.", damage)...)
		case damage.Fatal():
			f = append(f, found(wrong, "%v; the house does not open. Move %s away and restore a backup, or what teahouse salvage makes of it; or open it without what is gone, by --accept-loss.", damage, filepath.Join(d.Data, "journal"))...)
		default:
			f = append(f, found(wrong, "%v; the house opens without that, and keeps the file as it is. Look at the disk, or restore a backup.", damage)...)
		}
	}
	return f
}

// checkKept looks for damaged files that were kept.
func (d *doctor) checkKept() []finding {
	kept := journal.Kept(d.Data)
	if len(kept) == 0 {
		return nil
	}
	return found(look, "Damaged files of the store are kept in %s; what people had forgotten is in them still. Remove them once nobody needs them.", strings.Join(kept, ", "))
}
