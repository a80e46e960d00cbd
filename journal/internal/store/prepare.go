package store

import (
	"context"
	"fmt"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

// Prepare checks that nothing is missing, creates missing streams, and upgrades all data to the
// current version. Dir is the journal's folder, or "" if it has none. If Prepare finds data that
// it cannot read, it changes nothing. Call it once.
func (st *Store) Prepare(ctx context.Context, dir string) error {
	p := &preparation{Store: st, folder: dir}
	for _, do := range []func(context.Context) error{
		p.checkOlderNodes,
		p.CheckWatermarks,
		p.checkServersHaveData,
		p.migrateRecords,
		func(ctx context.Context) error { return p.RetryWithTimeout(ctx, p.ensureStreams) },
		p.saveStreamConfigs,
		p.noteInFolder,
		p.renameTables,
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

// A preparation is one run of [Store.Prepare].
type preparation struct {
	*Store
	folder string // the journal's folder, "" if it has none
}

// lookForLocalData logs a warning if the folder has data that the streams lack.
func (p *preparation) lookForLocalData(ctx context.Context) error {
	if err := p.RetryWithTimeout(ctx, p.warnAboutLocalData); err != nil {
		return fmt.Errorf("journal: cannot tell what is stored: %w", err)
	}
	return nil
}

// saveStreamConfigs saves the configurations of embedded streams.
func (p *preparation) saveStreamConfigs(context.Context) error {
	if p.Watermarks != nil {
		integrity.SaveStreamConfigs(p.Dir, p.Watermarks, p.Log)
	}
	return nil
}

// noteInFolder notes in the journal's folder the version of the data, and where it is.
func (p *preparation) noteInFolder(context.Context) error {
	if !p.IsEmbedded() && hasStoredData(p.folder) && layout.IsOlder(p.folder) { // it stays as it is
		return p.noteServersIn()
	}
	if err := layout.UpdateFolderVersion(p.folder); err != nil {
		return fmt.Errorf("journal: cannot record the version of its folder: %w", err)
	}
	if err := p.detachFromServers(); err != nil {
		return fmt.Errorf("journal: cannot record that its data is in this folder: %w", err)
	}
	return p.noteServersIn()
}

// noteServersIn notes in the folder where the data is.
func (p *preparation) noteServersIn() error {
	if err := noteServers(p.folder, p.Config.URL); err != nil {
		return fmt.Errorf("journal: cannot record where its data is: %w", err)
	}
	return nil
}
