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

// OriginKey is where the metadata of ROOM has the name of the folder that was moved into the
// NATS servers, or from a backup of which they were filled.
const OriginKey = "teahouse-origin"

// Origin returns the name of the folder that the streams are of, "" where they are of none.
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

// A LocalData is what becomes of a house in a data directory beside NATS servers, where nobody sees
// it.
type LocalData int

const (
	NoLocalData    LocalData = iota // there is none, or it was moved there
	LocalNotMoved                   // the servers have nothing yet: it can be moved there
	LocalUnrelated                  // they have another
	PartlyMoved                     // they have a part of one, be there one here or not: see a restored backup
)

// localData tells what becomes of the house in a folder.
func (st *Store) localData(ctx context.Context, dir string) (LocalData, error) {
	node, err := layout.ReadNode(dir)
	gone := err != nil || !hasStoredData(dir)
	var messages uint64
	for _, want := range st.WantedStreams() {
		s, err := st.JS.Stream(ctx, want.Name)
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

// CheckLocalData tells what becomes of the house in a data directory where the streams are in NATS
// servers.
func CheckLocalData(ctx context.Context, c Config) (LocalData, error) {
	e, err := Open(ctx, c, "")
	if err != nil {
		return NoLocalData, err
	}
	defer e.Close()
	return e.localData(ctx, filepath.Join(c.Dir, layout.FolderName))
}

// warnAboutLocalData logs, for a journal that has its streams in NATS servers, that its folder has a house
// that is not in those.
func (p *preparation) warnAboutLocalData(ctx context.Context) error {
	if p.IsEmbedded() || !hasStoredData(p.Dir) {
		return nil
	}
	own, err := p.localData(ctx, p.Dir)
	switch own {
	case LocalNotMoved:
		p.Log.Warn("journal: this folder has a house, and the NATS servers have none of it; to bring it there, stop all nodes, and run teahouse move here with the same flags", "folder", p.Dir)
	case LocalUnrelated:
		p.Log.Warn("journal: this folder has a house that the NATS servers, which have another, know nothing of; where nobody wants it, move it away", "folder", p.Dir)
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

// HasLocalData reports whether a data directory has a house of its own, and what its name is among
// others: see where a server has one already.
func HasLocalData(data string) (node string, ok bool) {
	dir := filepath.Join(data, layout.FolderName)
	node, err := layout.ReadNode(dir)
	return node, err == nil && hasStoredData(dir)
}
