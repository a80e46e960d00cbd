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
	if err := replaceFile(to, b.data, 0o600); err != nil {
		return err
	}
	return b.cut()
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
	return b.cut()
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

// cut leaves of a block's file what can be read.
func (b *block) cut() error {
	good := make([]byte, 0, len(b.data))
	for r, err := range b.records() {
		if err == nil {
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
	for _, d := range found {
		if err := m.mend(d); err != nil {
			return fmt.Errorf("the store is damaged, and cannot be mended: %w", errors.Join(err, d))
		}
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
