package integrity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/charmbracelet/log"
	"github.com/minio/highwayhash"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// The files in which the engine keeps a stream's configuration.
const (
	MetaFile         = "meta.inf"
	MetaChecksumFile = "meta.sum"
)

// repairStreamMeta repairs what a kill leaves while the engine saves a stream's configuration.
// The engine writes the configuration atomically, and then its checksum; if one is missing, or
// they do not match, it ignores the stream. The saved configuration then replaces the damaged
// one: with wrong limits the engine would drop messages. A folder without a configuration and
// without messages is removed. If no configuration was saved, only the checksum is corrected; an
// unreadable configuration stays.
func repairStreamMeta(stream string, noted []byte) (repaired bool, err error) {
	name := filepath.Base(stream)
	path, sum := filepath.Join(stream, MetaFile), filepath.Join(stream, MetaChecksumFile)
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isConfigOf(noted, name):
		return false, removeEmptyStream(stream)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	if have, err := os.ReadFile(sum); err == nil && string(have) == metaChecksum(name, raw) {
		return false, nil
	}
	switch {
	case isConfigOf(noted, name):
		repaired = !bytes.Equal(raw, noted)
		if err := layout.WriteFileAtomic(path, noted, 0o640); err != nil {
			return false, err
		}
		raw = noted
	case !isConfigOf(raw, name):
		return false, nil
	}
	return repaired, layout.WriteFileAtomic(sum, []byte(metaChecksum(name, raw)), 0o640)
}

// isConfigOf reports whether a configuration belongs to the stream with a name.
func isConfigOf(description []byte, name string) bool {
	var described struct{ Name string }
	return json.Unmarshal(description, &described) == nil && described.Name == name
}

// readStreamConfigs returns the saved configurations, or none if they cannot be read.
func readStreamConfigs(dir string) (noted map[string]json.RawMessage) {
	text, err := os.ReadFile(layout.FilePath(dir, layout.StreamConfigsFile))
	if err != nil || json.Unmarshal(text, &noted) != nil {
		return nil
	}
	return noted
}

// SaveStreamConfigs saves the streams' configurations once there are watermarks, which would
// otherwise be taken for lost. A failure is left to the next start.
func SaveStreamConfigs(dir string, watermarks *Watermarks, logger *log.Logger) {
	noted := map[string]json.RawMessage{}
	for _, stream := range layout.StreamNamesIn(dir) {
		raw, err := os.ReadFile(filepath.Join(blockfile.StreamFolder(dir, stream), MetaFile))
		if err == nil && isConfigOf(raw, stream) {
			noted[stream] = raw
		}
	}
	text, err := json.Marshal(noted)
	if err == nil {
		err = watermarks.create()
	}
	if err == nil {
		err = layout.WriteFileAtomic(layout.FilePath(dir, layout.StreamConfigsFile), append(text, '\n'), 0o600)
	}
	if err != nil {
		logger.Debug("journal: the streams' configurations are not saved", "err", err)
	}
}

// metaChecksum returns the checksum of a stream's configuration, as the engine writes it to
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

// removeEmptyStream removes the folder of a stream that never got a configuration, unless it has
// messages all the same.
func removeEmptyStream(stream string) error {
	blocks, err := os.ReadDir(filepath.Join(stream, blockfile.MessagesFolder))
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

// RepairAllStreamMeta repairs the configurations of all streams of the embedded server.
func RepairAllStreamMeta(dir string, logger *log.Logger) error {
	folder := filepath.Dir(blockfile.StreamFolder(dir, layout.RoomStream))
	streams, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	noted := readStreamConfigs(dir)
	for _, s := range streams {
		repaired, err := repairStreamMeta(filepath.Join(folder, s.Name()), noted[s.Name()])
		if err != nil {
			return fmt.Errorf("stream %s: %w", s.Name(), err)
		}
		if repaired {
			logger.Warn("journal: a stream's configuration was damaged; the saved one is used again", "stream", s.Name())
		}
	}
	return nil
}
