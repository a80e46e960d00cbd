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

// ErrNoData is what [offline] returns where there are not all of the streams that a
// journal makes as it is opened.
var ErrNoData = errors.New("no house has kept anything there")

// Offline writes a backup of what no journal in this process has open. Unlike a journal
// that opens it makes nothing and changes neither the streams' limits nor their version: who
// makes a backup need not know how much the house keeps, and Memory does not count.
func Offline(ctx context.Context, c store.Config, w io.Writer) error {
	e, err := StartOffline(ctx, c)
	if err != nil {
		return err
	}
	defer e.Close()
	if err := e.CheckWatermarks(ctx); err != nil { // or it would be a backup of what is left
		return err
	}
	if err := integrity.FirstError(e.Checker.Damages); err != nil {
		return err
	}
	var streams []string
	err = e.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		streams, err = existingStreams(ctx, e)
		return err
	})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return writeStreams(ctx, e, w, streams)
}

// StartOffline starts the engine on what is there already.
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

// existingStreams returns the names of a journal's streams, all of which must be there, but
// those of a later version.
func existingStreams(ctx context.Context, e *store.Store) (names []string, err error) {
	version := ""
	for _, stream := range layout.StreamNames() {
		have, err := e.FindStream(ctx, stream)
		switch {
		case err != nil:
			return nil, fmt.Errorf("stream %s: %w", stream, err)
		case have == nil && stream == layout.AuthorityStream && version == strconv.Itoa(layout.OldestVersion),
			have == nil && stream == layout.PersonalStream: // which is made last, after all have the version
			continue
		case have == nil:
			return nil, ErrNoData
		}
		version = have.Metadata[layout.VersionKey]
		names = append(names, stream)
	}
	return names, nil
}
