package journal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// originKey is where the metadata of ROOM has the name of the folder that was moved into the
// NATS servers, or from a backup of which they were filled.
const originKey = "teahouse-origin"

// origin returns the name of the folder that the streams are of, "" where they are of none.
func (e *engine) origin(ctx context.Context) (string, error) {
	if e.isEmbedded() {
		node, _ := layout.ReadNode(e.dir) // a folder without one can be backed up, too
		return node, nil
	}
	have, err := e.findStream(ctx, layout.RoomStream)
	if err != nil || have == nil {
		return "", err
	}
	return have.Metadata[originKey], nil
}

// A localDataState is what becomes of a house in a data directory beside NATS servers, where nobody sees
// it.
type localDataState int

const (
	noLocalData    localDataState = iota // there is none, or it was moved there
	localNotMoved                        // the servers have nothing yet: it can be moved there
	localUnrelated                       // they have another
	partlyMoved                          // they have a part of one, be there one here or not: see a restored backup
)

// localData tells what becomes of the house in a folder.
func (e *engine) localData(ctx context.Context, dir string) (localDataState, error) {
	node, err := layout.ReadNode(dir)
	gone := err != nil || !hasStoredData(dir)
	var messages uint64
	for _, want := range e.wantedStreams() {
		s, err := e.js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return noLocalData, err
		}
		have := s.CachedInfo()
		if errors.Is(layout.CheckVersion(have.Config.Metadata[layout.VersionKey]), layout.ErrUnfinishedRestore) {
			return partlyMoved, nil
		}
		messages += have.State.Msgs
		gone = gone || have.Config.Metadata[originKey] == node
	}
	switch {
	case gone:
		return noLocalData, nil
	case messages == 0:
		return localNotMoved, nil
	}
	return localUnrelated, nil
}

// checkLocalData tells what becomes of the house in a data directory where the streams are in NATS
// servers.
func checkLocalData(ctx context.Context, c config) (localDataState, error) {
	e, err := startEngine(ctx, c, "")
	if err != nil {
		return noLocalData, err
	}
	defer e.close()
	return e.localData(ctx, filepath.Join(c.Dir, layout.FolderName))
}

// warnAboutLocalData logs, for a journal that has its streams in NATS servers, that its folder has a house
// that is not in those.
func (e *engine) warnAboutLocalData(ctx context.Context) error {
	if e.isEmbedded() || !hasStoredData(e.dir) {
		return nil
	}
	own, err := e.localData(ctx, e.dir)
	switch own {
	case localNotMoved:
		e.log.Warn("journal: this folder has a house, and the NATS servers have none of it; to bring it there, stop all nodes, and run teahouse move here with the same flags", "folder", e.dir)
	case localUnrelated:
		e.log.Warn("journal: this folder has a house that the NATS servers, which have another, know nothing of; where nobody wants it, move it away", "folder", e.dir)
	}
	return err
}

// hasStoredData reports whether a folder has anything that a server in this process has stored.
func hasStoredData(dir string) bool {
	files := os.DirFS(dir)
	blocks, err := fs.Glob(files, "jetstream/$G/streams/*/"+blockfile.MessagesFolder+"/*.blk")
	return err == nil && slices.ContainsFunc(blocks, func(path string) bool {
		info, err := fs.Stat(files, path)
		return err == nil && info.Size() > 0
	})
}

// hasLocalData reports whether a data directory has a house of its own, and what its name is among
// others: see where a server has one already.
func hasLocalData(data string) (node string, ok bool) {
	dir := filepath.Join(data, layout.FolderName)
	node, err := layout.ReadNode(dir)
	return node, err == nil && hasStoredData(dir)
}
