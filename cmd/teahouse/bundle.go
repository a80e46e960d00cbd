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

// A bundle is a backup of a house: JSON lines, compressed. It begins with one
// gzip member that holds the host key; the journal's backup follows in a second.
type bundleHeader struct {
	Magic   string `json:"teahouse"` // bundleMagic
	Version int    `json:"version"`
	HostKey []byte `json:"host_key,omitempty"` // none where --nats kept it elsewhere, or nobody came yet
}

const (
	bundleMagic   = "host key"
	bundleVersion = 1

	// maxHeaderSize is more than any head takes.
	maxHeaderSize = 64 << 10
)

// writeBundle writes the host key of a data directory and then, by backup, all that its
// journal keeps.
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

// writeBundleHeader writes what a bundle begins with.
func writeBundleHeader(w io.Writer, hostKey []byte) error {
	compressed := gzip.NewWriter(w)
	if err := json.NewEncoder(compressed).Encode(bundleHeader{bundleMagic, bundleVersion, hostKey}); err != nil {
		return err
	}
	return compressed.Close()
}

// openBundle reads the head of a bundle, and returns the host key in it and the
// journal's backup that follows.
func openBundle(r io.Reader) (hostKey []byte, rest io.Reader, err error) {
	buffered := bufio.NewReader(r) // gzip takes no more of it than is its own
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

// verifyBundle reads a bundle to its end, and returns the host key in it. What is said takes
// no more in it than within some limits.
func verifyBundle(r io.Reader, m room.HistoryLimits) (hostKey []byte, err error) {
	hostKey, rest, err := openBundle(r)
	if err != nil {
		return nil, err
	}
	return hostKey, journal.Verify(rest, m)
}

// restoreBundle makes a journal in a data directory of what a bundle holds.
func restoreBundle(ctx context.Context, c journal.Config, r io.Reader) error {
	_, rest, err := openBundle(r)
	if err != nil {
		return err
	}
	return journal.RestoreBackup(ctx, c, rest)
}

// describeBundle says how large a bundle is and whose: what tells one from another.
func describeBundle(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error() // it was just written, or read
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
