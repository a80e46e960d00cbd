package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"

	"github.com/charmbracelet/log"
)

// ErrNothing is what [BackupClosed] returns where there are not all of the streams that a
// journal makes as it is opened.
var ErrNothing = errors.New("no house has kept anything there")

// BackupClosed is [Journal.Backup] of what no journal in this process has open. Unlike
// [Open] it makes nothing and changes neither the streams' limits nor their version: who
// makes a backup need not know how much the house keeps, and Memory does not count.
func BackupClosed(ctx context.Context, c Config, w io.Writer) error {
	e, err := startClosed(ctx, c)
	if err != nil {
		return err
	}
	defer e.close()
	if err := e.checkMarks(ctx); err != nil { // or it would be a backup of what is left
		return err
	}
	if err := refuse(e.damages); err != nil {
		return err
	}
	var streams []string
	err = e.patiently(ctx, func(ctx context.Context) (err error) {
		streams, err = e.allStreams(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return e.backup(ctx, w, streams)
}

// startClosed starts the engine on what is there already.
func startClosed(ctx context.Context, c Config) (*engine, error) {
	if c.Log == nil {
		c.Log = log.New(io.Discard)
	}
	if c.URL != "" {
		return startEngine(ctx, c, "")
	}
	dir := filepath.Join(c.Dir, folderName)
	if err := checkFolder(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("journal: %w", ErrNothing)
	} else if err != nil {
		return nil, err
	}
	found, err := examine(ctx, dir)
	if err == nil {
		err = refuse(found)
	}
	if err != nil {
		return nil, err
	}
	return startEngine(ctx, c, dir)
}

// refuse returns an error for what is damaged, of which there is to be no backup as if it were
// whole, nor may it be mended as if a house was to open.
func refuse(found []Damage) error {
	for _, d := range found {
		if !d.Late && !d.Fatal() { // what is fatal is told as the house tells it
			return fmt.Errorf("journal: the store is damaged: %w; open the house, which goes on without that and keeps the file as it is, and then make a backup of the rest", d)
		}
	}
	return nil
}

// allStreams returns the names of a journal's streams, all of which must be there, but
// those of a later version.
func (e *engine) allStreams(ctx context.Context) (names []string, err error) {
	version := ""
	for _, scope := range scopes {
		have, err := e.findStream(ctx, scope.stream)
		switch {
		case err != nil:
			return nil, fmt.Errorf("stream %s: %w", scope.stream, err)
		case have == nil && scope.stream == bookStream && version == strconv.Itoa(oldestFormat),
			have == nil && scope.stream == deskStream: // which is made last, after all have the version
			continue
		case have == nil:
			return nil, ErrNothing
		}
		version = have.Metadata[formatKey]
		names = append(names, scope.stream)
	}
	return names, nil
}
