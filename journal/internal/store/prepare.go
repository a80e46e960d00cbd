package store

import (
	"context"
	"fmt"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

// Prepare checks that all is there that was, makes what is missing, and brings all to the version of
// now. It is for a journal that has its folder in dir, "" where it has none, and called once. Where it
// finds what it cannot read it changes nothing.
func (st *Store) Prepare(ctx context.Context, dir string) error {
	for _, check := range []func() error{
		func() error { return st.checkOlderNodes(ctx) },
		func() error { return st.CheckWatermarks(ctx) },
		func() error { return st.checkServersHaveData(ctx, dir) },
		func() error { return st.RetryWithTimeout(ctx, st.EnsureStreams) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	if st.Watermarks != nil {
		integrity.SaveStreamConfigs(st.Dir, st.Watermarks, st.Log)
	}
	if err := st.MigratePersonalRecords(ctx); err != nil {
		return err
	}
	if err := st.noteInFolder(dir); err != nil {
		return err
	}
	if err := st.RetryWithTimeout(ctx, st.warnAboutLocalData); err != nil {
		return fmt.Errorf("journal: cannot see what is stored: %w", err)
	}
	if st.Watermarks != nil {
		st.RaiseWatermarks(ctx) // what was found may be in no file yet
	}
	return nil
}

// noteInFolder notes in the journal's folder of which version all is, and where.
func (st *Store) noteInFolder(dir string) error {
	if err := layout.UpdateFolderVersion(dir); err != nil {
		return fmt.Errorf("journal: cannot note the version of its folder: %w", err)
	}
	if err := st.detachFromServers(dir); err != nil {
		return fmt.Errorf("journal: cannot note that it keeps here what it keeps: %w", err)
	}
	if err := NoteServers(dir, st.Config.URL); err != nil {
		return fmt.Errorf("journal: cannot note where it keeps what it keeps: %w", err)
	}
	return nil
}
