package integrity

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// A manifest describes the files of each stream after the engine has stopped in order. It is in
// the journal's folder while no engine runs in it: it is removed before the engine starts again,
// so there is none after a kill. If there is one, the engine is not responsible for anything
// missing.
type manifest map[string]streamManifest

// A streamManifest contains the size and the number of messages of each block, as of when the
// engine saved its state.
type streamManifest struct {
	StateChecksum string                   `json:"stateChecksum"` // of that state
	Blocks        map[uint32]blockManifest `json:"blocks"`
}

type blockManifest struct {
	Size     int64 `json:"size"`
	Messages int   `json:"messages"`
}

// UnmarshalJSON reads a manifest of any version.
func (s *streamManifest) UnmarshalJSON(data []byte) error {
	type plain streamManifest
	var legacy struct {
		StateChecksum string `json:"noted"` // before version 5
	}
	if err := errors.Join(json.Unmarshal(data, (*plain)(s)), json.Unmarshal(data, &legacy)); err != nil {
		return err
	}
	s.StateChecksum = cmp.Or(s.StateChecksum, legacy.StateChecksum)
	return nil
}

// readManifest reads the manifest in a journal's folder. If there is none, or it cannot be read,
// the result is as after a kill.
func readManifest(dir string) manifest {
	var s manifest
	text, err := os.ReadFile(layout.FilePath(dir, layout.ManifestFile))
	if err != nil || json.Unmarshal(text, &s) != nil {
		return nil
	}
	return s
}

// WriteManifest describes the files after the engine has stopped. It leaves out a stream whose
// state the engine has not saved. Without a manifest the next start is as after a kill.
func WriteManifest(dir string, logger *log.Logger) {
	s := manifest{}
	for _, stream := range layout.StreamNamesIn(dir) {
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
		err = layout.WriteFileAtomic(layout.FilePath(dir, layout.ManifestFile), append(text, '\n'), 0o600)
	}
	if err != nil {
		logger.Debug("journal: the manifest is not written", "err", err)
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

// removeManifest removes the manifest, and syncs that before the engine writes anything.
func removeManifest(dir string) error {
	err := os.Remove(layout.FilePath(dir, layout.ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		layout.SyncFolder(dir)
	}
	return err
}

// isStale reports whether the blocks differ from the manifest or are longer, or the engine has
// saved its state again: then an older version, which knows no manifest, has used them.
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
