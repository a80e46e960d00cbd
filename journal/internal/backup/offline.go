package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

// ErrNoData is returned by [Offline] if any stream that a journal creates on opening is missing.
var ErrNoData = errors.New("no server has stored anything there")

// Offline writes a backup of a store that no journal in this process has open. Unlike a journal,
// it creates nothing and changes neither the streams' limits nor their version; it ignores
// c.HistoryLimits, so the caller need not know them.
func Offline(ctx context.Context, c store.Config, w io.Writer) error {
	st, err := StartOffline(ctx, c)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.CheckWatermarks(ctx); err != nil { // otherwise it would be a backup of a damaged store
		return err
	}
	if err := integrity.FirstError(st.Checker.Damages); err != nil {
		return err
	}
	streams, legacy, err := findContents(ctx, st)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return writeStreams(ctx, st, w, streams, legacy)
}

// errMigrated is returned if a node moves the records to other streams while they are read.
var errMigrated = errors.New("a node has just upgraded the stored data; try again")

// findContents returns the names of the streams, and the records of a store of an older version,
// as [writeStreams] wants them.
func findContents(ctx context.Context, st *store.Store) (streams []string, legacy map[string][]layout.Message, err error) {
	older, err := st.HasLegacyRecords(ctx)
	if err != nil {
		return nil, nil, err
	}
	err = st.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		streams, err = existingStreams(ctx, st, older)
		return err
	})
	if err != nil || !older {
		return streams, nil, err
	}
	if legacy, err = st.ReadLegacyRecords(ctx); err != nil {
		return nil, nil, err
	}
	if older, err = st.HasLegacyRecords(ctx); err == nil && !older {
		err = errMigrated
	}
	return streams, legacy, err
}

// StartOffline starts the engine on existing data.
func StartOffline(ctx context.Context, c store.Config) (*store.Store, error) {
	if c.Log == nil {
		c.Log = log.New(io.Discard)
	}
	if c.URL != "" {
		return store.Open(ctx, c, "")
	}
	dir := filepath.Join(c.Dir, layout.FolderName)
	if err := layout.CheckFolder(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("journal: %w", ErrNoData)
	} else if err != nil {
		return nil, err
	}
	found, err := integrity.Find(ctx, dir)
	if err == nil {
		err = integrity.FirstError(found)
	}
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, c, dir)
}

// existingStreams returns the names of a journal's streams. It returns [ErrNoData] if one is
// missing that the store's version requires; if the store is older, those with the records have
// other names.
func existingStreams(ctx context.Context, st *store.Store, older bool) (names []string, err error) {
	version := ""
	for _, stream := range layout.StreamNames() {
		if older && layout.HasRecords(stream) {
			names = append(names, stream)
			continue
		}
		have, err := st.FindStream(ctx, stream)
		switch {
		case err != nil:
			return nil, fmt.Errorf("stream %s: %w", stream, err)
		case have == nil && stream == layout.AuthorityStream && version == strconv.Itoa(layout.OldestVersion),
			have == nil && stream == layout.PersonalStream: // it is created last, after all have the version
			continue
		case have == nil:
			return nil, ErrNoData
		}
		version = have.Metadata[layout.VersionKey]
		names = append(names, stream)
	}
	return names, nil
}
