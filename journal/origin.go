package journal

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// originKey is where the metadata of ROOM has the name of the folder that was moved into the
// NATS servers, or from a backup of which they were filled.
const originKey = "teahouse-origin"

// origin returns the name of the folder that the streams are of, "" where they are of none.
func (e *engine) origin(ctx context.Context) (string, error) {
	if e.inside() {
		node, _ := readNode(e.dir) // a folder without one can be backed up, too
		return node, nil
	}
	have, err := e.findStream(ctx, roomStream)
	if err != nil || have == nil {
		return "", err
	}
	return have.Metadata[originKey], nil
}

// warnOfOwn logs, for a journal that has its streams in NATS servers, that its folder has
// something that was stored before, and is not in those: nobody sees it in this house.
func (e *engine) warnOfOwn(ctx context.Context, node string) error {
	if e.inside() || e.dir == "" || !hasOwn(e.dir) {
		return nil
	}
	var messages uint64
	for _, want := range e.wanted() {
		s, err := e.js.Stream(ctx, want.Name)
		if err != nil {
			return err
		}
		if messages += s.CachedInfo().State.Msgs; s.CachedInfo().Config.Metadata[originKey] == node {
			return nil
		}
	}
	if messages == 0 {
		e.log.Warn("journal: this folder has a house, and the NATS servers have none of it; to bring it there, stop all nodes, and run teahouse move here with the same flags", "folder", e.dir)
		return nil
	}
	e.log.Warn("journal: this folder has a house that the NATS servers, which have another, know nothing of; where nobody wants it, move it away", "folder", e.dir)
	return nil
}

// hasOwn reports whether a folder has anything that a server in this process has stored.
func hasOwn(dir string) bool {
	files := os.DirFS(dir)
	blocks, err := fs.Glob(files, "jetstream/$G/streams/*/"+messagesFolder+"/*.blk")
	return err == nil && slices.ContainsFunc(blocks, func(path string) bool {
		info, err := fs.Stat(files, path)
		return err == nil && info.Size() > 0
	})
}

// HasOwn reports whether a data directory has a house of its own, and what its name is among
// others: see [HouseError].
func HasOwn(data string) (node string, ok bool) {
	dir := filepath.Join(data, folderName)
	node, err := readNode(dir)
	return node, err == nil && hasOwn(dir)
}
