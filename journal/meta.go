package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/minio/highwayhash"
)

// The files in which the engine describes a stream, and its messages.
const (
	metaFile       = "meta.inf"
	metaSum        = "meta.sum"
	messagesFolder = "msgs"
)

// repairMeta repairs what a kill leaves where the engine was describing a stream. The engine
// writes the description, in one step, and after it the checksum; a stream where one of them
// is missing, or both do not match, it leaves out as if there were none. A folder that has no
// description and no messages yet goes. A description that cannot be read stays as it is.
func repairMeta(stream string) error {
	raw, err := os.ReadFile(filepath.Join(stream, metaFile))
	if errors.Is(err, fs.ErrNotExist) {
		return removeUnborn(stream)
	}
	if err != nil {
		return err
	}
	var described struct{ Name string }
	name := filepath.Base(stream)
	if json.Unmarshal(raw, &described) != nil || described.Name != name {
		return nil
	}
	sum := metaChecksum(name, raw)
	path := filepath.Join(stream, metaSum)
	if have, err := os.ReadFile(path); err == nil && string(have) == sum {
		return nil
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, []byte(sum), 0o640); err != nil {
		return err
	}
	if err := syncFiles(fresh); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

// metaChecksum returns the checksum of a stream's description, as the engine has it in
// meta.sum.
func metaChecksum(name string, description []byte) string {
	key := sha256.Sum256([]byte(name))
	h, err := highwayhash.New64(key[:])
	if err != nil {
		panic(err) // the key has the right size
	}
	h.Write(description)
	return hex.EncodeToString(h.Sum(nil))
}

// removeUnborn removes the folder of a stream that was never described, unless there are
// messages in it all the same.
func removeUnborn(stream string) error {
	blocks, err := os.ReadDir(filepath.Join(stream, messagesFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, b := range blocks {
		if info, err := b.Info(); err != nil || info.Size() > 0 {
			return err
		}
	}
	return os.RemoveAll(stream)
}

// repairStreams does so for all streams of the server in this process.
func (e *engine) repairStreams() error {
	folder := filepath.Dir(e.folder(roomStream))
	streams, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range streams {
		if err := repairMeta(filepath.Join(folder, s.Name())); err != nil {
			return fmt.Errorf("stream %s: %w", s.Name(), err)
		}
	}
	return nil
}
