package keys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"sync/atomic"
	"time"

	"teahouse/internal/ids"
)

const (
	maxListBytes = 1 << 20
	maxListKeys  = 10_000
	// maxListLine is enough for the longest keys, post-quantum certificates, with a comment.
	maxListLine = 16 << 10

	// pollInterval is how often a list's file is checked for changes.
	pollInterval = time.Second
)

// A List holds the public keys in a file in the format of authorized_keys, one on each line.
// Empty lines and lines that begin with # are ignored; options before a key are an error. A
// certificate stands for the key in it, as for [FingerprintOf], and not for what its authority
// signs. The zero List has no keys.
type List struct {
	file   string
	reload chan struct{}                                // capacity 1: a pending call of Reload
	keys   atomic.Pointer[map[ids.Fingerprint]struct{}] // fingerprints; never changed once stored

	// What the last poll found. Once ReadList has returned, only Watch uses these.
	lastInfo  fs.FileInfo // nil if the file did not exist
	lastErr   error       // why the file could not be used
	forceRead bool        // the next poll reads the file even if it looks unchanged
}

// ReadList reads the list in file, which must exist. Errors name the file and the line, the
// problem and what to do about it. A file may have 1 MiB and 10,000 different keys, and a line 16
// KiB.
func ReadList(file string) (*List, error) {
	l := &List{file: file, reload: make(chan struct{}, 1), forceRead: true}
	if _, err := l.poll(); err != nil {
		return nil, err
	}
	return l, nil
}

// Has reports whether the list contains the key with this fingerprint, as [FingerprintOf] returns
// it. It never contains "", the fingerprint of users without a key. Has may be called from any
// goroutine and does not block.
func (l *List) Has(fingerprint ids.Fingerprint) bool {
	_, ok := l.current()[fingerprint]
	return ok
}

// Len returns the number of different keys in the list.
func (l *List) Len() int { return len(l.current()) }

func (l *List) current() map[ids.Fingerprint]struct{} {
	if keys := l.keys.Load(); keys != nil {
		return *keys
	}
	return nil
}

// Watch checks the file once a second and reads it again when it has changed, until ctx is done.
// After a change it calls changed, on its own goroutine: with nil if the new keys are in force,
// and with an error if the file cannot be read or has a mistake. In that case the previous keys
// stay in force, the same error is not reported again until the file changes, and the list
// recovers by itself.
//
// A file that is written in place may be read half-written; the next poll, a second later,
// corrects that. A file that is renamed over the old one is never read half-written. Watch must
// be called at most once for each List.
func (l *List) Watch(ctx context.Context, changed func(error)) {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-l.reload:
			asked, l.forceRead = true, true
		case <-ticker.C:
		}
		if news, err := l.poll(); news || asked {
			changed(err)
		}
	}
}

// Reload makes Watch read the file at once, and report the result even if nothing has changed. It
// does not wait for that.
func (l *List) Reload() {
	select {
	case l.reload <- struct{}{}:
	default: // a reload is pending already
	}
}

// poll reads the file if it may have changed. It reports whether there is news: the file or the
// result of reading it is different.
//
// On file systems with coarse timestamps a second change in the same tick leaves the time as it
// is, so the poll after one that saw a change reads the file as well. So do all polls after an
// error, because its remedy, such as a change of permissions, may not show either.
func (l *List) poll() (news bool, err error) {
	info, err := os.Stat(l.file)
	moved := !sameFile(l.lastInfo, info)
	if !moved && !l.forceRead && l.lastErr == nil {
		return false, nil
	}
	var keys map[ids.Fingerprint]struct{}
	if err == nil {
		keys, err = readKeys(l.file, info)
	}
	err = l.describeError(err)
	news = moved || !sameError(err, l.lastErr)
	if err == nil {
		news = news || !maps.Equal(keys, l.current())
		l.keys.Store(&keys)
	}
	l.lastInfo, l.lastErr, l.forceRead = info, err, moved
	return news, err
}

// describeError turns err into a message for the operator.
func (l *List) describeError(err error) error {
	var path *fs.PathError // its message names the file
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("keys: %w; create the file, with one public key per line", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("keys: %w; make the file readable for the user that the server runs as", err)
	case errors.As(err, &path):
		return fmt.Errorf("keys: %w", err)
	}
	return fmt.Errorf("keys: %s, %w", l.file, err)
}

// sameFile reports whether a file looks unchanged; nil means that there is none.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == b
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// sameError reports whether a and b have the same message.
func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}

// readKeys reads the fingerprints from a file. It does not open anything but regular files:
// opening a pipe would wait for a writer.
func readKeys(file string, info fs.FileInfo) (map[ids.Fingerprint]struct{}, error) {
	if !info.Mode().IsRegular() {
		return nil, errors.New("which is not a regular file; put the keys into one")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxListBytes+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxListBytes {
		return nil, fmt.Errorf("which has more than %d bytes; remove comments or keys", maxListBytes)
	}
	return parseKeys(content)
}

// parseKeys returns the fingerprints of the keys in a list. It accepts a byte order mark and
// carriage returns, which Windows editors write.
func parseKeys(content []byte) (map[ids.Fingerprint]struct{}, error) {
	keys := make(map[ids.Fingerprint]struct{})
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	number := 0
	for line := range bytes.Lines(content) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) > maxListLine {
			return nil, fmt.Errorf("line %d: more than %d bytes; put each key on a line of its own", number, maxListLine)
		}
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if isPrivateKey(line) {
			return nil, fmt.Errorf("line %d: this is a private key; give the .pub file that belongs to it", number)
		}
		key, _, err := parsePublicKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w; write the key as in a .pub file, or comment the line out with #", number, err)
		}
		keys[FingerprintOf(key)] = struct{}{}
		if len(keys) > maxListKeys {
			return nil, fmt.Errorf("line %d: more than %d keys; take some out", number, maxListKeys)
		}
	}
	return keys, nil
}

// isPrivateKey reports whether a line begins a private key, in any of its formats.
func isPrivateKey(line []byte) bool {
	return bytes.HasPrefix(line, []byte("-----BEGIN ")) && bytes.HasSuffix(line, []byte("PRIVATE KEY-----"))
}
