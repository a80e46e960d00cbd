package integrity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// DamagedFolder is where, in the journal's folder, damaged files are kept as they were found.
const DamagedFolder = "damaged"

// A repairer takes what cannot be read out of the files of streams, so that the engine reads the
// rest: it would cut off a block where it cannot be read, with all that comes after.
type repairer struct {
	dir     string // the journal's folder
	keptDir string // where the files are kept as they were
}

// newRepairer makes a folder for what is damaged.
func newRepairer(dir string) (*repairer, error) {
	folder := filepath.Join(dir, DamagedFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	kept, err := os.MkdirTemp(folder, time.Now().UTC().Format("2006-01-02T15-04-05Z-*"))
	if err != nil {
		return nil, err
	}
	return &repairer{dir: dir, keptDir: kept}, nil
}

// repairAll mends all that is wrong. Of a stream that lacks no more than what a power cut takes, what was before
// that holds again.
func (r *repairer) repairAll(found []Damage) error {
	wrecks := map[string]*DamagedStream{}
	for _, d := range found {
		if wrecks[d.Stream] == nil {
			wrecks[d.Stream] = ReadDamagedStream(r.dir, d.Stream)
		}
	}
	for _, d := range found {
		if err := r.repair(d); err != nil {
			return fmt.Errorf("the store is damaged, and cannot be mended: %w", errors.Join(err, d))
		}
		if d.Unsynced {
			delete(wrecks, d.Stream)
		}
	}
	for stream, w := range wrecks {
		if err := r.removeDead(w); err != nil {
			return fmt.Errorf("the stream %s is damaged, and cannot be mended: %w", stream, err)
		}
	}
	return nil
}

// repair mends what is wrong. The file is kept first, as it is.
func (r *repairer) repair(d Damage) error {
	folder := blockfile.StreamFolder(r.dir, d.Stream)
	if err := r.moveAside(d.Stream, filepath.Join(folder, blockfile.MessagesFolder, blockfile.StateFile)); err != nil {
		return err
	}
	if _, ok := blockfile.Number(filepath.Base(d.Path)); !ok {
		return nil
	}
	info, err := os.Lstat(d.Path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	to, err := r.asidePath(d.Stream, d.Path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return nil // more than one thing was wrong with it
	}
	b, err := blockfile.Read(d.Path, layout.IsPlausible)
	if err != nil {
		return RewriteUnreadable(d.Path, to)
	}
	return r.rewriteBlock(d.Stream, b, nil)
}

// rewriteBlock leaves of a block what can be read, without some messages, and keeps it first as it is.
func (r *repairer) rewriteBlock(stream string, b *blockfile.Block, without map[uint64]bool) error {
	to, err := r.asidePath(stream, b.Path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
		if err := layout.WriteFileAtomic(to, b.Data, 0o600); err != nil {
			return err
		}
	}
	return layout.WriteFileAtomic(b.Path, b.Without(without), 0o600)
}

// removeDead takes out of the blocks of a stream what counted no more, as the engine has noted: what it gave way to,
// or what took it away, may be in the part that cannot be read, and without that the engine would take it for
// what holds.
func (r *repairer) removeDead(w *DamagedStream) error {
	dead := map[uint32]map[uint64]bool{}
	for _, f := range w.messages {
		if w.removed[f.Seq] || !w.wasDeleted(f) {
			continue
		}
		if dead[f.block] == nil {
			dead[f.block] = map[uint64]bool{}
		}
		dead[f.block][f.Seq] = true
	}
	for number, gone := range dead {
		b, err := blockfile.Read(blockfile.Path(w.Folder, number), layout.IsPlausible)
		if err != nil {
			return err
		}
		if err := r.rewriteBlock(w.Stream, b, gone); err != nil {
			return err
		}
	}
	return nil
}

// RewriteUnreadable moves aside a file of which the disk cannot read all, and leaves in its place what it can.
func RewriteUnreadable(path, to string) error {
	data, _ := blockfile.ReadDamagedFile(path)
	if err := os.Rename(path, to); err != nil || len(data) == 0 {
		return err
	}
	b, err := blockfile.New(path, data, layout.IsPlausible)
	if err != nil {
		return err
	}
	return layout.WriteFileAtomic(path, b.Without(nil), 0o600)
}

// moveAside moves a file aside, if it is there.
func (r *repairer) moveAside(stream, path string) error {
	to, err := r.asidePath(stream, path)
	if err != nil {
		return err
	}
	if err := os.Rename(path, to); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// asidePath returns where a file of a stream is kept.
func (r *repairer) asidePath(stream, path string) (string, error) {
	folder := filepath.Join(r.keptDir, stream, blockfile.MessagesFolder)
	return filepath.Join(folder, filepath.Base(path)), os.MkdirAll(folder, 0o700)
}
