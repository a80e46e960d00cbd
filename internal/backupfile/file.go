package backupfile

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// A header begins a file, in a gzip member of its own.
type header struct {
	Magic   string `json:"teahouse"` // magic
	Version int    `json:"version"`
	HostKey []byte `json:"host_key,omitempty"` // missing if there was none in the data directory
}

const (
	magic   = "host key"
	version = 1

	// maxHeaderSize is more than any header takes.
	maxHeaderSize = 64 << 10
)

// Write writes the host key of a data directory and then, by calling backup, everything in the
// journal.
func Write(ctx context.Context, dir string, w io.Writer, backup func(context.Context, io.Writer) error) error {
	key, err := keys.ExportHostKey(dir)
	if err == nil {
		err = WriteHeader(w, key)
	}
	if err != nil {
		return err
	}
	return backup(ctx, w)
}

// WriteHeader writes the beginning of a file.
func WriteHeader(w io.Writer, hostKey []byte) error {
	compressed := gzip.NewWriter(w)
	if err := json.NewEncoder(compressed).Encode(header{magic, version, hostKey}); err != nil {
		return err
	}
	return compressed.Close()
}

// open reads a file's header. It returns the host key and a reader of the journal's backup.
func open(r io.Reader) (hostKey []byte, rest io.Reader, err error) {
	buffered := bufio.NewReader(r) // gzip reads no more from it than its own member
	compressed, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, nil, fmt.Errorf("it isn't a backup of teahouse: %w", err)
	}
	compressed.Multistream(false)
	raw, err := io.ReadAll(io.LimitReader(compressed, maxHeaderSize))
	if err != nil {
		return nil, nil, fmt.Errorf("the backup is damaged: %w", err)
	}
	var head header
	if err := json.Unmarshal(raw, &head); err != nil || head.Magic != magic {
		return nil, nil, fmt.Errorf("it isn't a backup of teahouse")
	}
	if head.Version != version {
		return nil, nil, fmt.Errorf("the backup has version %d, and this teahouse reads only version %d; use the teahouse that wrote it", head.Version, version)
	}
	return head.HostKey, buffered, nil
}

// Verify reads a file to its end and returns its host key. It keeps no more of the messages than m
// allows.
func Verify(r io.Reader, m room.HistoryLimits) (hostKey []byte, err error) {
	hostKey, rest, err := open(r)
	if err != nil {
		return nil, err
	}
	return hostKey, journal.Verify(rest, m)
}

// Restore makes a journal from a file.
func Restore(ctx context.Context, c journal.Config, r io.Reader) error {
	_, rest, err := open(r)
	if err != nil {
		return err
	}
	return journal.RestoreBackup(ctx, c, rest)
}

// Describe returns the size of a file and the fingerprint of its host key, which tell one from
// another.
func Describe(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error() // it was just written or read
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err.Error()
	}
	key, _, err := open(f)
	if err != nil {
		return err.Error()
	}
	whose := "no host key"
	if signer, err := gossh.ParsePrivateKey(key); err == nil {
		whose = "host key " + gossh.FingerprintSHA256(signer.PublicKey())
	}
	return fmt.Sprintf("%d bytes, %s", info.Size(), whose)
}

// Create creates a file with what write writes. Only its owner can read it, because it contains the
// host key. It appears when it is complete, and does not replace another file.
func Create(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists; choose another name", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := Verify(f, room.HistoryLimits{}); err != nil {
		return fmt.Errorf("the backup is incomplete: %w; if the server is running, see its log", err)
	}
	if err := os.Link(f.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(f.Name(), path) // some file systems have no links
}
