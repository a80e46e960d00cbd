package integrity

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// ManifestFile is in the journal's folder while no engine runs in it.
const ManifestFile = "sealed"

// A manifest says what the files of each stream were when the engine stopped in order. It goes before the
// engine starts again, so after a kill there is none. Where there is one, whatever
// there is less of has gone otherwise than by the engine.
type manifest map[string]streamManifest

// A streamManifest says, for each block of a stream, how long it is, and how many messages it has. It is of the time
// at which the engine noted what is in them.
type streamManifest struct {
	StateChecksum string                   `json:"noted"` // the checksum of that note
	Blocks        map[uint32]blockManifest `json:"blocks"`
}

type blockManifest struct {
	Size     int64 `json:"size"`
	Messages int   `json:"messages"`
}

// readManifest reads the seal in a journal's folder. Where there is none, or one that cannot be read,
// it is as after a kill.
func readManifest(dir string) manifest {
	var s manifest
	text, err := os.ReadFile(filepath.Join(dir, ManifestFile))
	if err != nil || json.Unmarshal(text, &s) != nil {
		return nil
	}
	return s
}

// WriteManifest notes what the files are, once the engine has stopped. It leaves out a stream of which the engine
// itself has not noted what is in it. Without a seal it is as after a kill.
func WriteManifest(dir string, logger *log.Logger) {
	s := manifest{}
	for _, stream := range layout.StreamNames() {
		folder := blockfile.StreamFolder(dir, stream)
		state, err := blockfile.ReadState(folder)
		if err != nil {
			continue
		}
		if sizes, err := blockfile.Sizes(folder); err == nil && state.MatchesFiles(folder, sizes) {
			s[stream] = manifestOf(state, sizes)
		}
	}
	text, err := json.Marshal(s)
	if err == nil {
		err = layout.WriteFileAtomic(filepath.Join(dir, ManifestFile), append(text, '\n'), 0o600)
	}
	if err != nil {
		logger.Debug("journal: what is stored is not sealed", "err", err)
	}
}

func manifestOf(state *blockfile.State, sizes map[uint32]int64) streamManifest {
	s := streamManifest{StateChecksum: state.Checksum, Blocks: map[uint32]blockManifest{}}
	for number, size := range sizes {
		s.Blocks[number] = blockManifest{Size: size}
		if b := state.Blocks[number]; b != nil {
			s.Blocks[number] = blockManifest{Size: size, Messages: max(0, b.Count())}
		}
	}
	return s
}

// removeManifest removes the seal, for good before the engine writes anything.
func removeManifest(dir string) error {
	err := os.Remove(filepath.Join(dir, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		layout.SyncFolder(dir)
	}
	return err
}

// isStale reports whether the blocks are others, or longer, than when they were sealed, or the engine has noted something
// else since: then another teahouse, that knew of no seal, had them.
func (s streamManifest) isStale(sizes map[uint32]int64, state *blockfile.State) bool {
	if state != nil && state.Checksum != s.StateChecksum {
		return true
	}
	for number, size := range sizes {
		if was, ok := s.Blocks[number]; !ok || size > was.Size {
			return true
		}
	}
	return false
}
