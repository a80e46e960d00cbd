package journal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// sealFile is in the journal's folder while no engine runs in it.
const sealFile = "sealed"

// A seal says what the files of each stream were when the engine stopped in order. It goes before the
// engine starts again, so after a kill there is none. Where there is one, whatever
// there is less of has gone otherwise than by the engine.
type seal map[string]streamSeal

// A streamSeal says, for each block of a stream, how long it is, and how many messages it has. It is of the time
// at which the engine noted what is in them.
type streamSeal struct {
	Noted  string               `json:"noted"` // the checksum of that note
	Blocks map[uint32]blockSeal `json:"blocks"`
}

type blockSeal struct {
	Size     int64 `json:"size"`
	Messages int   `json:"messages"`
}

// readSeal reads the seal in a journal's folder. Where there is none, or one that cannot be read,
// it is as after a kill.
func readSeal(dir string) seal {
	var s seal
	text, err := os.ReadFile(filepath.Join(dir, sealFile))
	if err != nil || json.Unmarshal(text, &s) != nil {
		return nil
	}
	return s
}

// seal notes what the files are, once the engine has stopped. It leaves out a stream of which the engine
// itself has not noted what is in it. Without a seal it is as after a kill.
func (e *engine) seal() {
	s := seal{}
	for _, scope := range scopes {
		folder := e.folder(scope.stream)
		state, err := readState(folder)
		if err != nil {
			continue
		}
		if sizes, err := blockSizes(folder); err == nil && state.isCurrent(folder, sizes) {
			s[scope.stream] = sealOf(state, sizes)
		}
	}
	text, err := json.Marshal(s)
	if err == nil {
		err = replaceFile(filepath.Join(e.dir, sealFile), append(text, '\n'), 0o600)
	}
	if err != nil {
		e.log.Debug("journal: what is stored is not sealed", "err", err)
	}
}

func sealOf(state *streamState, sizes map[uint32]int64) streamSeal {
	s := streamSeal{Noted: state.sum, Blocks: map[uint32]blockSeal{}}
	for number, size := range sizes {
		s.Blocks[number] = blockSeal{Size: size}
		if b := state.blocks[number]; b != nil {
			s.Blocks[number] = blockSeal{Size: size, Messages: max(0, b.messages())}
		}
	}
	return s
}

// unseal removes the seal, for good before the engine writes anything.
func (e *engine) unseal() error {
	err := os.Remove(filepath.Join(e.dir, sealFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		syncFolder(e.dir)
	}
	return err
}

// isBroken reports whether the blocks are others, or longer, than when they were sealed, or the engine has noted something
// else since: then another teahouse, that knew of no seal, had them.
func (s streamSeal) isBroken(sizes map[uint32]int64, state *streamState) bool {
	if state != nil && state.sum != s.Noted {
		return true
	}
	for number, size := range sizes {
		if was, ok := s.Blocks[number]; !ok || size > was.Size {
			return true
		}
	}
	return false
}
