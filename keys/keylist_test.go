package keys

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/ids"

	gossh "golang.org/x/crypto/ssh"
)

// listFile writes a list to a new file.
func listFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "operators")
	writeFile(t, file, content)
	return file
}

func writeFile(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// certificates returns two lines with certificates for one key, and a line with the key. The
// first certificate is a user's and has expired; the second is a host's.
func certificates(t *testing.T) (cert, renewed, key string) {
	t.Helper()
	authority, err := TemporaryHostKey()
	if err != nil {
		t.Fatal(err)
	}
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	inside, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(c *gossh.Certificate) string {
		c.Key = inside
		if err := c.SignCert(rand.Reader, authority); err != nil {
			t.Fatal(err)
		}
		return string(gossh.MarshalAuthorizedKey(c))
	}
	return sign(&gossh.Certificate{Serial: 1, CertType: gossh.UserCert, ValidBefore: 1}),
		sign(&gossh.Certificate{Serial: 2, CertType: gossh.HostCert, ValidBefore: gossh.CertTimeInfinity}),
		string(gossh.MarshalAuthorizedKey(inside))
}

// Operators may write their lists with comments, repeated keys and the editors of any system. A
// user without a key is never in one.
func TestListFormats(t *testing.T) {
	tests := map[string]struct {
		content    string
		alice, bob bool
	}{
		"empty":               {"", false, false},
		"only remarks":        {"# nobody yet\n\n  # still nobody\n", false, false},
		"one key":             {alice + "\n", true, false},
		"no last line end":    {"# us\n" + alice + "\n\n" + bob, true, true},
		"a key twice":         {alice + "\n" + alice + " at work\n", true, false},
		"from Windows":        {"\ufeff# us\r\n\r\n" + alice + "\r\n" + bob + "\r\n", true, true},
		"indented":            {"\t" + alice + "  \n", true, false},
		"a key commented out": {"#" + alice + "\n" + bob + "\n", false, true},
	}
	for name, test := range tests {
		list, err := ReadList(listFile(t, test.content))
		if err != nil {
			t.Errorf("a list (%s) is refused: %v", name, err)
			continue
		}
		want := 0
		for line, in := range map[string]bool{alice: test.alice, bob: test.bob} {
			if list.Has(ids.Fingerprint(fingerprintOfLine(t, line))) != in {
				t.Errorf("with a list (%s) the key %q is listed: %v, want %v", name, line, !in, in)
			}
			if in {
				want++
			}
		}
		if list.Len() != want || list.Has("") || list.Has(alice) {
			t.Errorf("a list (%s) has %d keys, want %d; a user without a key is listed: %v", name, list.Len(), want, list.Has(""))
		}
	}
	var zero List
	if zero.Has(ids.Fingerprint(fingerprintOfLine(t, alice))) || zero.Len() != 0 {
		t.Error("the zero list has keys")
	}
}

// A certificate in a list stands for its key, whether the client brings the key, that certificate
// or a renewed one.
func TestListWithCertificate(t *testing.T) {
	cert, renewed, key := certificates(t)
	for _, line := range []string{cert, key} {
		list, err := ReadList(listFile(t, line))
		if err != nil {
			t.Fatal(err)
		}
		for _, brought := range []string{cert, renewed, key} {
			if !list.Has(ids.Fingerprint(fingerprintOfLine(t, brought))) {
				t.Errorf("with %q in the list, a client with %q is not listed", line, brought)
			}
		}
		if list.Len() != 1 || list.Has(ids.Fingerprint(fingerprintOfLine(t, alice))) {
			t.Errorf("a list of one key has %d, or alice's", list.Len())
		}
	}
}

// manyKeys returns n lines with different keys, as short as possible.
func manyKeys(n int) string {
	var lines strings.Builder
	blob := gossh.Marshal(struct{ Kind, Key string }{gossh.KeyAlgoED25519, strings.Repeat("k", 32)})
	for i := range n {
		binary.BigEndian.PutUint32(blob[len(blob)-4:], uint32(i))
		fmt.Fprintln(&lines, gossh.KeyAlgoED25519, base64.StdEncoding.EncodeToString(blob))
	}
	return lines.String()
}

// The error for a list that cannot be used names the file, the line and what to do. Half a list
// is never used.
func TestInvalidLists(t *testing.T) {
	tests := map[string]struct{ content, line, advice string }{
		"options":          {bob + "\nno-pty " + alice, "line 2: ", `"no-pty"`},
		"nonsense":         {"\r\n# us\r\n\r\nalice", "line 4: ", ".pub file"},
		"a private key":    {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n", "line 1: ", ".pub file"},
		"a key cut off":    {alice + "\n" + bob[:40], "line 2: ", ".pub file"},
		"type is a lie":    {strings.Replace(alice, "ssh-ed25519", "ssh-rsa", 1), "line 1: ", ".pub file"},
		"a line too long":  {alice + "\n" + bob + strings.Repeat("!", maxListLine), "line 2: ", "line of its own"},
		"a file too large": {strings.Repeat("#\n", maxListBytes/2) + "#", "1048576 bytes", "remove"},
		"too many keys":    {manyKeys(maxListKeys + 1), "line 10001: ", "take some out"},
	}
	for name, test := range tests {
		file := listFile(t, test.content)
		list, err := ReadList(file)
		if err == nil {
			t.Errorf("an unusable list (%s) is read, with %d keys", name, list.Len())
			continue
		}
		for _, part := range []string{file, test.line, test.advice} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("for an unusable list (%s) the operator reads %q, want %q in it", name, err, part)
			}
		}
	}
	if list, err := ReadList(listFile(t, manyKeys(maxListKeys))); err != nil || list.Len() != maxListKeys {
		t.Errorf("a list with exactly as many keys as allowed is refused: %v", err)
	}
	missing := filepath.Join(t.TempDir(), "operators")
	if _, err := ReadList(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("for a missing file the operator reads %v, want its name", err)
	}
	directory := t.TempDir()
	if _, err := ReadList(directory); err == nil || !strings.Contains(err.Error(), directory) {
		t.Errorf("for a directory the operator reads %v, want its name", err)
	}
}

// A watchedList is a List in a synctest bubble, where time passes at once.
type watchedList struct {
	*testing.T
	*List
	reports chan error // the calls of changed that advance has not returned yet
}

// testWatch runs story with a watched list.
func testWatch(t *testing.T, content string, story func(*watchedList)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		list, err := ReadList(listFile(t, content))
		if err != nil {
			t.Fatal(err)
		}
		w := &watchedList{T: t, List: list, reports: make(chan error, 100)}
		ctx, cancel := context.WithCancel(t.Context())
		go list.Watch(ctx, func(err error) { w.reports <- err })
		synctest.Wait()
		story(w)
		cancel() // the bubble ends only if Watch returns
	})
}

// advance lets n seconds pass and returns what changed was called with.
func (w *watchedList) advance(n int) []error {
	time.Sleep(time.Duration(n) * time.Second)
	synctest.Wait()
	var told []error
	for len(w.reports) > 0 {
		told = append(told, <-w.reports)
	}
	return told
}

// checkKeys checks that the list has exactly the keys in lines.
func (w *watchedList) checkKeys(lines ...string) {
	w.Helper()
	if w.Len() != len(lines) {
		w.Errorf("the list has %d keys, want %d", w.Len(), len(lines))
	}
	for _, line := range lines {
		if !w.Has(ids.Fingerprint(fingerprintOfLine(w.T, line))) {
			w.Errorf("%q is not in the list", line)
		}
	}
}

// rewrite writes content in place and leaves the file's time unchanged.
func (w *watchedList) rewrite(content string) {
	w.Helper()
	before, err := os.Stat(w.file)
	if err != nil {
		w.Fatal(err)
	}
	writeFile(w.T, w.file, content)
	if err := os.Chtimes(w.file, time.Time{}, before.ModTime()); err != nil {
		w.Fatal(err)
	}
}

// replace renames a file with content over the list, as careful editors do.
func (w *watchedList) replace(content string) {
	w.Helper()
	writeFile(w.T, w.file+".new", content)
	if err := os.Rename(w.file+".new", w.file); err != nil {
		w.Fatal(err)
	}
}

func (w *watchedList) move(from, to string) {
	w.Helper()
	if err := os.Rename(from, to); err != nil {
		w.Fatal(err)
	}
}

// Changes take effect without a restart. Each change is reported once, and nothing is reported
// while nothing changes.
func TestListReloadsOnChange(t *testing.T) {
	testWatch(t, alice, func(w *watchedList) {
		if told := w.advance(5); len(told) != 0 {
			t.Errorf("an unchanged file is reported as changed: %v", told)
		}
		w.checkKeys(alice)
		writeFile(t, w.file, alice+"\n"+bob+"\n")
		if told := w.advance(1); len(told) != 1 || told[0] != nil {
			t.Errorf("an edit is reported as %v, want one success", told)
		}
		w.checkKeys(alice, bob)
		w.replace(bob)
		if told := w.advance(5); len(told) != 1 || told[0] != nil {
			t.Errorf("a file renamed over the list is reported as %v, want one success", told)
		}
		w.checkKeys(bob)
		w.replace("")
		w.advance(1)
		w.checkKeys()
	})
}

// A mistake locks nobody out: the previous keys stay in force until it is corrected. It is
// reported once, and again after a failed correction.
func TestInvalidListKeepsOldKeys(t *testing.T) {
	testWatch(t, alice, func(w *watchedList) {
		writeFile(t, w.file, bob+"\noops")
		told := w.advance(10)
		if len(told) != 1 || told[0] == nil || !strings.Contains(told[0].Error(), "line 2: ") {
			t.Errorf("a mistake in the list is reported as %v, want one error with the line", told)
		}
		w.checkKeys(alice)
		writeFile(t, w.file, bob+"\nooops")
		if told := w.advance(10); len(told) != 1 || told[0] == nil {
			t.Errorf("another mistake is reported as %v, want one error", told)
		}
		w.checkKeys(alice)
		writeFile(t, w.file, bob)
		if told := w.advance(10); len(told) != 1 || told[0] != nil {
			t.Errorf("the correction is reported as %v, want one success", told)
		}
		w.checkKeys(bob)
	})
}

// A file that is missing for a while, or replaced by a directory, changes nothing. When it is
// back it is read, even if it is the same file.
func TestListFileRemoved(t *testing.T) {
	testWatch(t, alice, func(w *watchedList) {
		w.move(w.file, w.file+".away")
		if told := w.advance(10); len(told) != 1 || !errors.Is(told[0], fs.ErrNotExist) {
			t.Errorf("a missing file is reported as %v, want one error", told)
		}
		w.checkKeys(alice)
		if err := os.Mkdir(w.file, 0o700); err != nil {
			t.Fatal(err)
		}
		if told := w.advance(10); len(told) != 1 || told[0] == nil {
			t.Errorf("a directory in its place is reported as %v, want one error", told)
		}
		w.move(w.file, w.file+".directory")
		w.move(w.file+".away", w.file)
		if told := w.advance(10); len(told) != 1 || told[0] != nil {
			t.Errorf("the return of the file is reported as %v, want one success", told)
		}
		w.checkKeys(alice)
	})
}

// Some tools copy a file's time. A replaced file is read although it has the same time and size.
func TestListReplacedWithSameTime(t *testing.T) {
	first, second := alice, bob+strings.Repeat(" ", len(alice)-len(bob))
	testWatch(t, first, func(w *watchedList) {
		w.advance(5)
		before := w.file + ".old"
		if err := os.Link(w.file, before); err != nil {
			t.Skip("no links here:", err)
		}
		w.replace(second)
		info, err := os.Stat(before)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(w.file, time.Time{}, info.ModTime()); err != nil {
			t.Fatal(err)
		}
		if told := w.advance(5); len(told) != 1 || told[0] != nil {
			t.Errorf("a file replaced with the same time and size is reported as %v, want one success", told)
		}
		w.checkKeys(bob)
	})
}

// A second edit within one tick of the file system's clock, in place and of the same size, does
// not show in the file's time. It is not missed.
func TestListEditedTwiceWithinATick(t *testing.T) {
	first, second := alice, bob+strings.Repeat(" ", len(alice)-len(bob))
	mistake := strings.Repeat("?", len(alice))
	testWatch(t, first, func(w *watchedList) {
		w.rewrite(second) // in the tick in which ReadList read it
		if told := w.advance(5); len(told) != 1 || told[0] != nil {
			t.Errorf("an edit right after the start is reported as %v, want one success", told)
		}
		w.checkKeys(bob)

		writeFile(t, w.file, first+"\n")
		w.advance(1)
		w.rewrite(second + "\n")
		if told := w.advance(5); len(told) != 1 || told[0] != nil {
			t.Errorf("an edit right after another is reported as %v, want one success", told)
		}
		w.checkKeys(bob)

		writeFile(t, w.file, mistake)
		w.advance(5)
		w.rewrite(second) // as invisible as a chmod that makes it readable
		if told := w.advance(5); len(told) != 1 || told[0] != nil {
			t.Errorf("a correction that changes neither time nor size is reported as %v, want one success", told)
		}
		w.checkKeys(bob)
	})
}

// Reload reads the file at once and reports the result even if nothing has changed.
func TestListReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := listFile(t, alice)
		list, err := ReadList(file)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		told := make(chan error, 10)
		done := make(chan struct{})
		go func() {
			defer close(done)
			list.Watch(ctx, func(err error) { told <- err })
		}()
		ask := func() error {
			start := time.Now()
			list.Reload()
			err := <-told
			if d := time.Since(start); d != 0 {
				t.Errorf("Reload took %v, want no time", d)
			}
			return err
		}
		if err := ask(); err != nil {
			t.Errorf("Reload of an unchanged file reports %v", err)
		}
		writeFile(t, file, "nonsense")
		for range 2 {
			if err := ask(); err == nil || !list.Has(ids.Fingerprint(fingerprintOfLine(t, alice))) {
				t.Errorf("Reload of a broken file reports %v, want an error; alice is still listed: %v", err, list.Has(ids.Fingerprint(fingerprintOfLine(t, alice))))
			}
		}
		writeFile(t, file, bob)
		if err := ask(); err != nil || !list.Has(ids.Fingerprint(fingerprintOfLine(t, bob))) {
			t.Errorf("Reload of the corrected file reports %v, or bob is not listed", err)
		}
		cancel()
		<-done
	})
}

// Has works while the file is read again: a key that is in both versions is in the list at every
// moment.
func TestListHasDuringReload(t *testing.T) {
	list, err := ReadList(listFile(t, bob))
	if err != nil {
		t.Fatal(err)
	}
	w := &watchedList{T: t, List: list}
	who, read, asked := fingerprintOfLine(t, bob), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(asked)
		for missing := false; !missing; {
			if missing = !list.Has(ids.Fingerprint(who)) || list.Len() == 0; missing {
				t.Error("while the file was read again, an operator was not listed for a moment")
			}
			select {
			case <-read:
				return
			default:
			}
		}
	}()
	for range 100 {
		for _, content := range []string{bob + "\n" + alice, bob, "a mistake"} {
			w.replace(content)
			if news, _ := list.poll(); !news {
				t.Error("a replaced file was not read")
			}
		}
	}
	close(read)
	<-asked
}

// Any file is a list of fingerprints or is refused, and line endings make no difference.
func FuzzList(f *testing.F) {
	f.Add([]byte(alice + "\r\n\n# us\n" + bob))
	f.Add([]byte("\ufeffno-pty " + alice + "\n"))
	f.Add([]byte(alice + "\n" + alice + " \x00\n,\" \n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		keys, err := parseKeys(content)
		if (keys == nil) != (err != nil) {
			t.Fatalf("%q gives the keys %v and the error %v, want one of both", content, keys, err)
		}
		for key := range keys {
			hash, ok := strings.CutPrefix(string(key), "SHA256:")
			if raw, err := base64.RawStdEncoding.DecodeString(hash); !ok || err != nil || len(raw) != 32 {
				t.Fatalf("%q gives the fingerprint %q", content, key)
			}
		}
		windows, again := parseKeys(bytes.ReplaceAll(content, []byte("\n"), []byte("\r\n")))
		if !sameError(err, again) || !maps.Equal(keys, windows) {
			t.Fatalf("%q gives %v and %v, but with the line endings of Windows %v and %v", content, keys, err, windows, again)
		}
	})
}
