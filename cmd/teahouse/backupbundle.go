package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// A bundle is a backup: JSON lines, compressed. It begins with one gzip member that holds a
// bundleHeader with the host key; the journal's backup follows in a second one.
type bundleHeader struct {
	Magic   string `json:"teahouse"` // bundleMagic
	Version int    `json:"version"`
	HostKey []byte `json:"host_key,omitempty"` // missing if there was none in the data directory
}

const (
	bundleMagic   = "host key"
	bundleVersion = 1

	// maxHeaderSize is more than any header takes.
	maxHeaderSize = 64 << 10
)

// writeBundle writes the host key of a data directory and then, by calling backup, everything in
// the journal.
func writeBundle(ctx context.Context, dir string, w io.Writer, backup func(context.Context, io.Writer) error) error {
	key, err := keys.ExportHostKey(dir)
	if err == nil {
		err = writeBundleHeader(w, key)
	}
	if err != nil {
		return err
	}
	return backup(ctx, w)
}

// writeBundleHeader writes the beginning of a bundle.
func writeBundleHeader(w io.Writer, hostKey []byte) error {
	compressed := gzip.NewWriter(w)
	if err := json.NewEncoder(compressed).Encode(bundleHeader{bundleMagic, bundleVersion, hostKey}); err != nil {
		return err
	}
	return compressed.Close()
}

// openBundle reads a bundle's header. It returns the host key and a reader of the journal's
// backup.
func openBundle(r io.Reader) (hostKey []byte, rest io.Reader, err error) {
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
	var head bundleHeader
	if err := json.Unmarshal(raw, &head); err != nil || head.Magic != bundleMagic {
		return nil, nil, fmt.Errorf("it isn't a backup of teahouse")
	}
	if head.Version != bundleVersion {
		return nil, nil, fmt.Errorf("the backup has version %d, and this teahouse reads only version %d; use the teahouse that wrote it", head.Version, bundleVersion)
	}
	return head.HostKey, buffered, nil
}

// verifyBundle reads a bundle to its end and returns its host key. It keeps no more of the
// messages than m allows.
func verifyBundle(r io.Reader, m room.HistoryLimits) (hostKey []byte, err error) {
	hostKey, rest, err := openBundle(r)
	if err != nil {
		return nil, err
	}
	return hostKey, journal.Verify(rest, m)
}

// restoreBundle makes a journal from a bundle.
func restoreBundle(ctx context.Context, c journal.Config, r io.Reader) error {
	_, rest, err := openBundle(r)
	if err != nil {
		return err
	}
	return journal.RestoreBackup(ctx, c, rest)
}

// describeBundle returns the size of a bundle and the fingerprint of its host key, which tell one
// from another.
func describeBundle(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error() // it was just written or read
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err.Error()
	}
	key, _, err := openBundle(f)
	if err != nil {
		return err.Error()
	}
	whose := "no host key"
	if signer, err := gossh.ParsePrivateKey(key); err == nil {
		whose = "host key " + gossh.FingerprintSHA256(signer.PublicKey())
	}
	return fmt.Sprintf("%d bytes, %s", info.Size(), whose)
}
