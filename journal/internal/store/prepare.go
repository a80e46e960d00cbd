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
	p := &preparation{Store: st, folder: dir}
	for _, do := range []func(context.Context) error{
		p.checkOlderNodes,
		p.CheckWatermarks,
		p.checkServersHaveData,
		func(ctx context.Context) error { return p.RetryWithTimeout(ctx, p.ensureStreams) },
		p.saveStreamConfigs,
		p.MigratePersonalRecords,
		p.noteInFolder,
		p.lookForLocalData,
	} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	if st.Watermarks != nil {
		st.RaiseWatermarks(ctx) // what was found may be in no file yet
	}
	return nil
}

// A preparation is what [Store.Prepare] does.
type preparation struct {
	*Store
	folder string // the journal's folder, "" where it has none
}

// lookForLocalData has it logged where the folder has what is not in the streams.
func (p *preparation) lookForLocalData(ctx context.Context) error {
	if err := p.RetryWithTimeout(ctx, p.warnAboutLocalData); err != nil {
		return fmt.Errorf("journal: cannot see what is stored: %w", err)
	}
	return nil
}

// saveStreamConfigs notes the descriptions of the streams, where there are files of them.
func (p *preparation) saveStreamConfigs(context.Context) error {
	if p.Watermarks != nil {
		integrity.SaveStreamConfigs(p.Dir, p.Watermarks, p.Log)
	}
	return nil
}

// noteInFolder notes in the journal's folder of which version all is, and where.
func (p *preparation) noteInFolder(context.Context) error {
	if err := layout.UpdateFolderVersion(p.folder); err != nil {
		return fmt.Errorf("journal: cannot note the version of its folder: %w", err)
	}
	if err := p.detachFromServers(); err != nil {
		return fmt.Errorf("journal: cannot note that it keeps here what it keeps: %w", err)
	}
	if err := NoteServers(p.folder, p.Config.URL); err != nil {
		return fmt.Errorf("journal: cannot note where it keeps what it keeps: %w", err)
	}
	return nil
}
