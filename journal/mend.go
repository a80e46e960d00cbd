package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// damagedFolder is where, in the journal's folder, damaged files are kept as they were found.
const damagedFolder = "damaged"

// A mending takes what cannot be read out of the files of streams, so that the engine reads the
// rest: it would cut off a block where it cannot be read, with all that comes after.
type mending struct {
	dir  string // the journal's folder
	kept string // where the files are kept as they were
}

// newMending makes a folder for what is damaged.
func newMending(dir string) (*mending, error) {
	folder := filepath.Join(dir, damagedFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	kept, err := os.MkdirTemp(folder, time.Now().UTC().Format("2006-01-02T15-04-05Z-*"))
	if err != nil {
		return nil, err
	}
	return &mending{dir: dir, kept: kept}, nil
}

// mendAll mends all that is wrong. Of a stream that lacks no more than what a power cut takes, what was before
// that holds again.
func (m *mending) mendAll(found []Damage) error {
	wrecks := map[string]*wreck{}
	for _, d := range found {
		if wrecks[d.Stream] == nil {
			wrecks[d.Stream] = readWreck(m.dir, d.Stream)
		}
	}
	for _, d := range found {
		if err := m.mend(d); err != nil {
			return fmt.Errorf("the store is damaged, and cannot be mended: %w", errors.Join(err, d))
		}
		if d.Late {
			delete(wrecks, d.Stream)
		}
	}
	for stream, w := range wrecks {
		if err := m.bury(w); err != nil {
			return fmt.Errorf("the stream %s is damaged, and cannot be mended: %w", stream, err)
		}
	}
	return nil
}

// mend mends what is wrong. The file is kept first, as it is.
func (m *mending) mend(d Damage) error {
	folder := streamFolder(m.dir, d.Stream)
	if err := m.keep(d.Stream, filepath.Join(folder, messagesFolder, stateFile)); err != nil {
		return err
	}
	if _, ok := blockNumber(filepath.Base(d.Path)); !ok {
		return nil
	}
	info, err := os.Lstat(d.Path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	to, err := m.place(d.Stream, d.Path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return nil // more than one thing was wrong with it
	}
	b, err := readBlock(d.Path)
	if err != nil {
		return rescue(d.Path, to)
	}
	return m.cut(d.Stream, b, nil)
}

// cut leaves of a block what can be read, without some messages, and keeps it first as it is.
func (m *mending) cut(stream string, b *block, without map[uint64]bool) error {
	to, err := m.place(stream, b.path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
		if err := replaceFile(to, b.data, 0o600); err != nil {
			return err
		}
	}
	return b.cut(without)
}

// bury takes out of the blocks of a stream what counted no more, as the engine has noted: what it gave way to,
// or what took it away, may be in the part that cannot be read, and without that the engine would take it for
// what holds.
func (m *mending) bury(w *wreck) error {
	dead := map[uint32]map[uint64]bool{}
	for _, f := range w.found {
		if w.removed[f.Seq] || !w.isDead(f) {
			continue
		}
		if dead[f.block] == nil {
			dead[f.block] = map[uint64]bool{}
		}
		dead[f.block][f.Seq] = true
	}
	for number, gone := range dead {
		b, err := readBlock(blockPathIn(w.folder, number))
		if err != nil {
			return err
		}
		if err := m.cut(w.stream, b, gone); err != nil {
			return err
		}
	}
	return nil
}

// rescue moves aside a file of which the disk cannot read all, and leaves in its place what it can.
func rescue(path, to string) error {
	data, _ := readPieces(path)
	if err := os.Rename(path, to); err != nil || len(data) == 0 {
		return err
	}
	b, err := newBlock(path, data)
	if err != nil {
		return err
	}
	return b.cut(nil)
}

// keep moves a file aside, if it is there.
func (m *mending) keep(stream, path string) error {
	to, err := m.place(stream, path)
	if err != nil {
		return err
	}
	if err := os.Rename(path, to); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// place returns where a file of a stream is kept.
func (m *mending) place(stream, path string) (string, error) {
	folder := filepath.Join(m.kept, stream, messagesFolder)
	return filepath.Join(folder, filepath.Base(path)), os.MkdirAll(folder, 0o700)
}

// cut leaves of a block's file what can be read, without some messages.
func (b *block) cut(without map[uint64]bool) error {
	good := make([]byte, 0, len(b.data))
	for r, err := range b.records() {
		if err == nil && (r.Removed || !without[r.Seq]) {
			good = append(good, b.data[r.Offset:r.Offset+r.Size]...)
		}
	}
	return replaceFile(b.path, good, 0o600)
}

// checkFiles reads all blocks of the server in this process before that starts. What is damaged of
// the book or the desk is an error, unless that is accepted, and changes no file. What is damaged
// of the rest is told, and mended.
func (e *engine) checkFiles(ctx context.Context) error {
	found, err := examine(ctx, e.dir)
	if err != nil {
		return err
	}
	for _, d := range found {
		if !d.Fatal() {
			continue
		}
		if err := e.acceptLoss(fmt.Errorf("the store is damaged: %w", d)); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return e.unseal()
	}
	m, err := newMending(e.dir)
	if err != nil {
		return fmt.Errorf("the store is damaged, and nothing of it can be kept: %w", errors.Join(err, found[0]))
	}
	if err := m.mendAll(found); err != nil {
		return err
	}
	for _, d := range found {
		e.tell(d, m.kept)
	}
	if err := e.forgetMarks(found); err != nil {
		return err
	}
	return e.unseal()
}

// tell notes a damage, and logs it. Of the book and the desk that was done.
func (e *engine) tell(d Damage, kept string) {
	fields := []any{"stream", d.Stream, "what", d, "kept", kept}
	if d.Late {
		e.log.Warn("journal: something that was written last cannot be read, as after a power cut", fields...)
		return
	}
	e.damages = append(e.damages, d)
	if !d.Fatal() {
		e.log.Error("journal: some of what was kept is damaged, and the house opens without that", fields...)
	}
}

// forgetMarks has the marks of streams that were mended say nothing of what is no more. Those of the
// book and the desk go on saying what there was, until that is accepted.
func (e *engine) forgetMarks(found []Damage) error {
	marks, err := readMarks(e.dir)
	if err != nil {
		return nil // checkMarks tells
	}
	for _, d := range found {
		m := marks.of(d.Stream)
		m.Block, m.Size = 0, 0
		if !d.Fatal() {
			m = mark{}
		}
		marks.accept(d.Stream, m)
	}
	return marks.save(func(string) (uint32, int64, error) { return 0, 0, nil })
}
