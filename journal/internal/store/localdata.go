package store

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

// OriginKey is the key in the metadata of ROOM for the node name of the folder whose data was
// moved to the NATS servers, perhaps by a backup.
const OriginKey = "teahouse-origin"

// Origin returns the node name of the folder whose data the streams hold, or "" if it is of
// none.
func (st *Store) Origin(ctx context.Context) (string, error) {
	if st.IsEmbedded() {
		node, _ := layout.ReadNode(st.Dir) // a folder without one can be backed up, too
		return node, nil
	}
	have, err := st.FindStream(ctx, layout.RoomStream)
	if err != nil || have == nil {
		return "", err
	}
	return have.Metadata[OriginKey], nil
}

// A LocalData says how the data in a data directory, which nobody sees, relates to that on the
// NATS servers.
type LocalData int

const (
	NoLocalData    LocalData = iota // there is none, or it was moved to the servers
	LocalNotMoved                   // the servers are still empty: it can be moved there
	LocalUnrelated                  // the servers have other data
	PartlyMoved                     // the servers have part of a restore, whatever is here
)

// localData compares the data in a folder with the NATS servers.
func (st *Store) localData(ctx context.Context, dir string) (LocalData, error) {
	node, err := layout.ReadNode(dir)
	gone := err != nil || !hasStoredData(dir)
	var messages uint64
	for _, name := range append(layout.StreamNames(), layout.LegacyStreamNames()...) {
		s, err := st.JS.Stream(ctx, name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return NoLocalData, err
		}
		have := s.CachedInfo()
		if errors.Is(layout.CheckVersion(have.Config.Metadata[layout.VersionKey]), layout.ErrUnfinishedRestore) {
			return PartlyMoved, nil
		}
		messages += have.State.Msgs
		gone = gone || have.Config.Metadata[OriginKey] == node
	}
	switch {
	case gone:
		return NoLocalData, nil
	case messages == 0:
		return LocalNotMoved, nil
	}
	return LocalUnrelated, nil
}

// CheckLocalData compares the data in a data directory with the NATS servers that have the
// streams.
func CheckLocalData(ctx context.Context, c Config) (LocalData, error) {
	e, err := Open(ctx, c, "")
	if err != nil {
		return NoLocalData, err
	}
	defer e.Close()
	return e.localData(ctx, filepath.Join(c.Dir, layout.FolderName))
}

// warnAboutLocalData logs a warning if the folder of a journal with NATS servers elsewhere has
// data that those servers lack.
func (p *preparation) warnAboutLocalData(ctx context.Context) error {
	if p.IsEmbedded() || !hasStoredData(p.Dir) {
		return nil
	}
	own, err := p.localData(ctx, p.Dir)
	switch own {
	case LocalNotMoved:
		p.Log.Warn("journal: this folder has data that the NATS servers lack; to bring it there, stop all nodes, and run teahouse move here with the same flags", "folder", p.Dir)
	case LocalUnrelated:
		p.Log.Warn("journal: this folder has the data of another server than the NATS servers have; if nobody needs it, move it away", "folder", p.Dir)
	}
	return err
}

// hasStoredData reports whether a folder contains data from an embedded server.
func hasStoredData(dir string) bool {
	files := os.DirFS(dir)
	blocks, err := fs.Glob(files, "jetstream/$G/streams/*/"+blockfile.MessagesFolder+"/*.blk")
	return err == nil && slices.ContainsFunc(blocks, func(path string) bool {
		info, err := fs.Stat(files, path)
		return err == nil && info.Size() > 0
	})
}

// HasLocalData reports whether a data directory has data of its own, and returns the name of its
// node.
func HasLocalData(data string) (node string, ok bool) {
	dir := filepath.Join(data, layout.FolderName)
	node, err := layout.ReadNode(dir)
	return node, err == nil && hasStoredData(dir)
}
