package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// restoringPattern is the name pattern of the folders in which restores are unpacked, and
// legacyRestoringPattern what it was before version 5 of the stored data.
const (
	restoringPattern       = "restoring-*"
	legacyRestoringPattern = "unpacking-*"
)

// Restore creates a journal from a backup in the data directory c.Dir, which must not contain
// one and which nobody else may use meanwhile. The backup must fit c.HistoryLimits and the
// limits on everything else, so that a small file cannot fill the disk. The journal appears only
// once the whole backup has been read and verified; on error nothing is left behind. Private
// messages wait for another 30 days from the restore.
//
// If c.URL is set, Restore creates the streams on those NATS servers, which must not have any
// data yet; no node may run. If the process is killed, no journal opens what it left behind, and
// the next restore removes it.
func Restore(ctx context.Context, c store.Config, backup io.Reader) error {
	if c.Log == nil {
		c.Log = log.New(io.Discard)
	}
	if c.URL != "" {
		return restoreToServers(ctx, c, backup)
	}
	dir := c.Dir
	place := filepath.Join(dir, layout.FolderName)
	if err := layout.CheckFolder(place); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("journal: %s already exists; move it away to restore a backup in its place", place)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := removeUnfinishedRestores(dir); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	temp, err := os.MkdirTemp(dir, restoringPattern)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if err := restoreInto(ctx, temp, c.HistoryLimits, backup); err != nil {
		return fmt.Errorf("journal: the backup cannot be restored: %w", err)
	}
	if err := os.Remove(place); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one
		return fmt.Errorf("journal: %w", err)
	}
	if err := os.Rename(filepath.Join(temp, layout.FolderName), place); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// removeUnfinishedRestores removes what a process left in a data directory that died while
// unpacking a backup.
func removeUnfinishedRestores(dir string) error {
	files, err := os.ReadDir(dir)
	for _, f := range files {
		ours, _ := filepath.Match(restoringPattern, f.Name())
		before, _ := filepath.Match(legacyRestoringPattern, f.Name())
		if (ours || before) && f.IsDir() {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, f.Name())))
		}
	}
	return err
}

// restoreInto creates a journal in an empty directory. Its limits are wider than those of an
// open journal, so that data from before a limit existed survives.
func restoreInto(ctx context.Context, dir string, m room.HistoryLimits, backup io.Reader) error {
	_, folder, err := layout.OpenFolder(dir)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Config{Dir: dir, Log: log.New(io.Discard)}, folder)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.Prepare(ctx, folder); err != nil {
		return err
	}
	if err := raisePrivateMessageLimit(ctx, st); err != nil {
		return err
	}
	_, err = Read(backup, m, func(line *Line) error {
		_, err := st.Publish(ctx, line.Subject, line.ID, line.Data)
		return err
	})
	st.CloseWatermarks(ctx)
	return err
}

// raisePrivateMessageLimit makes room for as many private messages as a backup may hold.
func raisePrivateMessageLimit(ctx context.Context, st *store.Store) error {
	have, err := st.FindStream(ctx, layout.PrivateMessageStream)
	if err != nil {
		return err
	}
	have.MaxBytes, _ = maxBytes(layout.PrivateMessageStream, room.HistoryLimits{})
	_, err = st.JS.UpdateStream(ctx, *have)
	return err
}
