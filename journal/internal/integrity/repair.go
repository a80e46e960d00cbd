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

// DamagedFolder is the folder in the journal's folder where damaged files are kept as they were
// found.
const DamagedFolder = "damaged"

// A repairer removes unreadable parts from the files of streams, so that the engine reads the
// rest: it would otherwise cut off a block at the first of them.
type repairer struct {
	dir     string // the journal's folder
	keptDir string // where the original files are kept
}

// newRepairer creates a folder for the damaged files.
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

// repairAll repairs all damage. If a stream has only lost unsynced data at its end, messages
// that the lost data replaced count again.
func (r *repairer) repairAll(found []Damage) error {
	wrecks := map[string]*DamagedStream{}
	for _, d := range found {
		if wrecks[d.Stream] == nil {
			wrecks[d.Stream] = ReadDamagedStream(r.dir, d.Stream)
		}
	}
	for _, d := range found {
		if err := r.repair(d); err != nil {
			return fmt.Errorf("the store is damaged and cannot be repaired: %w", errors.Join(err, d))
		}
		if d.Unsynced {
			delete(wrecks, d.Stream)
		}
	}
	for stream, w := range wrecks {
		if err := r.removeDead(w); err != nil {
			return fmt.Errorf("the stream %s is damaged and cannot be repaired: %w", stream, err)
		}
	}
	return nil
}

// repair repairs one damage, after keeping a copy of the file.
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
		return nil // an earlier repair has dealt with it
	}
	b, err := blockfile.Read(d.Path, layout.IsPlausible)
	if err != nil {
		return RewriteUnreadable(d.Path, to)
	}
	return r.rewriteBlock(d.Stream, b, nil)
}

// rewriteBlock reduces a block to its readable part, except some messages, after keeping a copy.
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

// removeDead removes the messages from a stream's blocks that no longer counted in the engine's
// saved state: whatever replaced or removed them may be unreadable, and without it the engine
// would count them again.
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

// RewriteUnreadable moves away a file that the disk cannot fully read, and replaces it by the
// readable part.
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

// moveAside moves a file to the damaged files, if it exists.
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

// asidePath returns the path under which a stream's file is kept.
func (r *repairer) asidePath(stream, path string) (string, error) {
	folder := filepath.Join(r.keptDir, stream, blockfile.MessagesFolder)
	return filepath.Join(folder, filepath.Base(path)), os.MkdirAll(folder, 0o700)
}
