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

// restoringPattern is how the folders are called in which journals are made.
const restoringPattern = "unpacking-*"

// Restore makes a journal in a data directory, c.Dir, from a backup. There must be none
// in it, and nobody else may use the directory. The backup must hold no more than c.Memory and the limits to all else allow, so that
// a small file does not fill the disk. The journal appears once the backup was read to its end and found to be
// whole; otherwise nothing is left behind. Private messages wait for another 30
// days from then on.
//
// With c.URL it makes the streams of NATS servers, where no house may be yet, and no node run.
// What it leaves behind where it is killed no journal opens, and the next one removes.
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
		return fmt.Errorf("journal: %s is there already; move it away to have a backup in its place", place)
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
		return fmt.Errorf("journal: the backup cannot be unpacked: %w", err)
	}
	if err := os.Remove(place); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one
		return fmt.Errorf("journal: %w", err)
	}
	if err := os.Rename(filepath.Join(temp, layout.FolderName), place); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// removeUnfinishedRestores removes what is left in a data directory where a process died as it unpacked
// a backup.
func removeUnfinishedRestores(dir string) error {
	files, err := os.ReadDir(dir)
	for _, f := range files {
		if ours, _ := filepath.Match(restoringPattern, f.Name()); ours && f.IsDir() {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, f.Name())))
		}
	}
	return err
}

// restoreInto makes a journal in an empty directory, with more room than it has once it is opened:
// what there is more of, from before there was a limit, stays then.
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
	if err := raiseDirectMessageLimit(ctx, st); err != nil {
		return err
	}
	_, err = Read(backup, m, func(line *Line) error {
		_, err := st.Publish(ctx, line.Subject, line.ID, line.Data)
		return err
	})
	st.CloseWatermarks(ctx)
	return err
}

// raiseDirectMessageLimit makes room for as many private messages as a backup may hold.
func raiseDirectMessageLimit(ctx context.Context, e *store.Store) error {
	have, err := e.FindStream(ctx, layout.DirectMessageStream)
	if err != nil {
		return err
	}
	have.MaxBytes, _ = maxBytes(layout.DirectMessageStream, room.HistoryLimits{})
	_, err = e.JS.UpdateStream(ctx, *have)
	return err
}
