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
)

const (
	maxListBytes = 1 << 20
	maxListKeys  = 10_000
	// maxListLine holds the longest keys there are, post-quantum certificates,
	// with a comment.
	maxListLine = 16 << 10

	// pollInterval is how long a change of a list's file may go unseen.
	pollInterval = time.Second
)

// A List is the public keys in a file in the format of authorized_keys, one on
// each line. Empty lines and lines that start with # count for nothing; options
// before a key are an error. A certificate in it stands for the key inside it, as it
// does for [FingerprintOf]: not for what its authority signs. The zero List has no keys.
type List struct {
	file   string
	reload chan struct{}                       // capacity 1: somebody asked for a look
	keys   atomic.Pointer[map[string]struct{}] // fingerprints; never changed once stored

	// What the last look found. These belong to Watch once ReadList is done.
	lastInfo  fs.FileInfo // nil where the file was not there
	lastErr   error       // why the file could not be used
	forceRead bool        // the next look reads the file whatever it sees
}

// ReadList reads the list in file, which must be there. An error names the file
// and the line, what is wrong with it and what to do. A file may have 1 MiB and
// 10,000 different keys, and a line 16 KiB.
func ReadList(file string) (*List, error) {
	l := &List{file: file, reload: make(chan struct{}, 1), forceRead: true}
	if _, err := l.poll(); err != nil {
		return nil, err
	}
	return l, nil
}

// Has reports whether the key with this fingerprint, as [FingerprintOf] returns it, is
// in the list. People without a key, whose fingerprint is "", never are. Any
// goroutine may ask, and none waits.
func (l *List) Has(fingerprint string) bool {
	_, ok := l.current()[fingerprint]
	return ok
}

// Len returns how many different keys the list has.
func (l *List) Len() int { return len(l.current()) }

func (l *List) current() map[string]struct{} {
	if keys := l.keys.Load(); keys != nil {
		return *keys
	}
	return nil
}

// Watch reads the file again when it changes, until ctx is done. It looks once a
// second. After a change it calls changed, from this goroutine: with nil where
// the new keys are in force, and with an error where the file cannot be read or
// has a mistake. Then the keys of before stay, the same error is not told again
// until the file changes, and the list recovers by itself.
//
// A file that is written in place may be read half-written, which is put right
// a second later; one that is renamed over the old one never is. Call Watch
// once for each List that ReadList returned.
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

// Reload has Watch read the file at once, and tell what came of it even where that is
// no news. It does not wait for it.
func (l *List) Reload() {
	select {
	case l.reload <- struct{}{}:
	default: // it is about to
	}
}

// poll reads the file if there may be something else in it than the last time,
// and reports whether there is news: the file changed, or what came of reading
// it did.
//
// A file's time may stand still for as long as a tick of a coarse clock, so a
// second change within it shows only in the content: the look after one that
// saw a change reads too. So do all looks after an error, because what mends it
// may not show either, as when permissions change.
func (l *List) poll() (news bool, err error) {
	info, err := os.Stat(l.file)
	moved := !sameFile(l.lastInfo, info)
	if !moved && !l.forceRead && l.lastErr == nil {
		return false, nil
	}
	var keys map[string]struct{}
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

// describeError makes of what went wrong a sentence for the operator.
func (l *List) describeError(err error) error {
	var path *fs.PathError // it names the file already
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("keys: %w; make the file, with a public key on each line", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("keys: %w; let the user whom the house runs as read it", err)
	case errors.As(err, &path):
		return fmt.Errorf("keys: %w", err)
	}
	return fmt.Errorf("keys: %s, %w", l.file, err)
}

// sameFile reports whether a file looks as it did before; nil is no file.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == b
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// sameError reports whether a and b would tell the operator the same.
func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}

// readKeys reads the fingerprints from a file. It does not open what is not a
// regular file: opening a pipe would wait for a writer.
func readKeys(file string, info fs.FileInfo) (map[string]struct{}, error) {
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
		return nil, fmt.Errorf("which has more than %d bytes; take comments or keys out", maxListBytes)
	}
	return parseKeys(content)
}

// parseKeys returns the fingerprints of the keys in a list's content. Windows'
// editors may have put a byte order mark before it and carriage returns in it.
func parseKeys(content []byte) (map[string]struct{}, error) {
	keys := make(map[string]struct{})
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
			return nil, fmt.Errorf("line %d: %w; write the key as in a .pub file, or # before it", number, err)
		}
		keys[FingerprintOf(key)] = struct{}{}
		if len(keys) > maxListKeys {
			return nil, fmt.Errorf("line %d: more than %d keys; take some out", number, maxListKeys)
		}
	}
	return keys, nil
}

// isPrivateKey reports whether a private key begins with a line, in any of its forms.
func isPrivateKey(line []byte) bool {
	return bytes.HasPrefix(line, []byte("-----BEGIN ")) && bytes.HasSuffix(line, []byte("PRIVATE KEY-----"))
}
