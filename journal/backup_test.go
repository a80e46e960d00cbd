package journal

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/testkit"
	"teahouse/room"
)

// packed returns the backup of a house where alice has spoken and written to
// bob.
func packed(t testing.TB) []byte {
	s := begin(t, Config{Memory: wide})
	alice := s.enter(t, "alice", aliceKey)
	say(t, alice, "one")
	say(t, alice, "two")
	if err := s.Post(letterTo(bobKey, "hello"), anyLetters); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is kept", func() bool { return s.Status().Kept == 3 && !s.people.isDirty() })
	var backup bytes.Buffer
	if err := s.Backup(bounded(t), &backup); err != nil {
		t.Fatal(err)
	}
	return backup.Bytes()
}

// A backup, made while the house is open, is unpacked in another place: what was
// said is there, the letter, and who is known.
func TestBackup(t *testing.T) {
	t.Parallel()
	dir, backup := t.TempDir(), packed(t)
	if err := Verify(bytes.NewReader(backup), room.Memory{}); err != nil {
		t.Fatal(err)
	}
	if err := Unpack(bounded(t), Config{Dir: dir}, bytes.NewReader(backup)); err != nil {
		t.Fatal(err)
	}
	s := begin(t, Config{Dir: dir, Memory: wide})
	if got := texts(s.said); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
	if letters, err := s.Letters(bobKey); err != nil || !slices.Equal(texts(letters), []string{"hello"}) {
		t.Errorf("letters: %q, %v", texts(letters), err)
	}
	if p, ok := s.Find("alice"); !ok || p.Seen.IsZero() {
		t.Errorf("found %+v, %v", p, ok)
	}
}

// The process was killed while alice was here. A backup of its journal is made: that does
// not change when she was seen.
func TestBackupOnly(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	s.enter(t, "alice", aliceKey)
	say(t, s.enter(t, "bob", ""), "the last words")
	eventually(t, "all is stored", func() bool { return s.Status().Kept == 3 && !s.people.isDirty() })
	s.kill()
	if err := BackupClosed(bounded(t), c, io.Discard); err != nil {
		t.Fatal(err)
	}
	s = begin(t, c)
	if alice, _ := s.Person(aliceKey); !alice.Seen.Equal(s.said[0].Time) {
		t.Errorf("alice was seen at %v, the last words were at %v", alice.Seen, s.said[0].Time)
	}
}

// A backup that is cut off anywhere, or changed, or none at all, or of a newer
// teahouse, is refused, and nothing is left of it.
func TestBackupRefused(t *testing.T) {
	t.Parallel()
	whole := packed(t)
	plain := unzip(t, whole)
	lines := bytes.SplitAfter(plain, []byte("\n"))
	lines = lines[:len(lines)-1] // nothing comes after the last
	for name, backup := range map[string][]byte{
		"empty":          nil,
		"no backup":      []byte("dear diary"),
		"other JSON":     zip([]byte(`{"a":1}` + "\n")),
		"cut off":        whole[:len(whole)-10],
		"half":           whole[:len(whole)/2],
		"no end":         zip(bytes.Join(lines[:len(lines)-1], nil)),
		"a line less":    zip(bytes.Join(slices.Delete(slices.Clone(lines), 1, 2), nil)),
		"more after it":  zip(append(slices.Clone(plain), lines[1]...)),
		"newer":          zip(bytes.Replace(plain, fmt.Appendf(nil, `"version":%d`, format), []byte(`"version":`+newer), 1)),
		"another stream": zip(bytes.Replace(plain, []byte(`"stream":"PM"`), []byte(`"stream":"XX"`), 1)),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			err := Unpack(bounded(t), Config{Dir: dir}, bytes.NewReader(backup))
			if err == nil {
				t.Error("it was taken")
			}
			if Verify(bytes.NewReader(backup), room.Memory{}) == nil {
				t.Error("it was found to be whole")
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if name == "newer" && !strings.Contains(err.Error(), `version "`+newer+`"`) {
				t.Errorf("error: %v", err)
			}
		})
	}
}

// A process was killed as it unpacked a backup. The next one does so in the same directory,
// and leaves nothing of the first.
func TestBackupAfterAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "unpacking-1", folderName, versionFile), "4\n")
	write(t, filepath.Join(dir, "unpacking", "mine"), "x")
	if err := Unpack(bounded(t), Config{Dir: dir}, bytes.NewReader(packed(t))); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != folderName {
		t.Errorf("there is %v, %v", left, err)
	}
}

// Where there is a journal already, a backup is not unpacked over it.
func TestBackupOverAnother(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	say(t, s.enter(t, "bob", bobKey), "precious")
	s.end(t)
	if err := Unpack(bounded(t), Config{Dir: c.Dir}, bytes.NewReader(packed(t))); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("error: %v", err)
	}
	if s = begin(t, c); !slices.Equal(texts(s.said), []string{"precious"}) {
		t.Errorf("got %q", texts(s.said))
	}
}

func zip(plain []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(plain)
	_ = w.Close()
	return b.Bytes()
}

func unzip(t testing.TB, compressed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// Whatever is read as a backup, there is an error or there are messages that can
// be stored.
func FuzzBackup(f *testing.F) {
	f.Add([]byte(`{"teahouse":"backup","version":1}` + "\n" + `{"stream":"PM","subject":"pm.YQ","data":"e30="}` + "\n" + `{"end":true,"count":1}` + "\n"))
	f.Add([]byte(`{"teahouse":"backup","version":2}` + "\n" + `{"stream":"KV_book","subject":"$KV.book.bans.YQ","data":"e30="}` + "\n" + `{"end":true,"count":1}` + "\n"))
	f.Add([]byte(`{"teahouse":"backup","version":2}` + "\n" + `{"stream":"PM","subject":"pm.YQ\n","data":"e30="}` + "\n" + `{"end":true,"count":1}` + "\n"))
	f.Add([]byte(`{"teahouse":"backup","version":` + newer + `}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		_, _ = readBackup(bytes.NewReader(plain), room.Memory{}, func(*backupLine) error { return nil })
		_, _ = readBackup(bytes.NewReader(zip(plain)), room.Memory{}, func(l *backupLine) error {
			if l.Stream == "" || strings.ContainsAny(l.Subject, " \r\n*>") {
				t.Errorf("message %+v", l)
			}
			return nil
		})
	})
}

// Whatever the store holds, reading a message of it gives an error or events
// with which rooms and exports can go on; written again they are the same.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"by":"n.e","seq":1,"time":"2026-11-20T10:00:00.5Z","kind":"said","name":"alice","text":"hello"}` + "\n"))
	f.Add([]byte(`{"by":"n.e","seq":2,"time":"2026-11-20T10:00:00Z","kind":"forgot","key":"SHA256:a"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = decodeLetter(data)
		records, err := decodeRecords(data)
		if err != nil {
			return
		}
		var again bytes.Buffer
		for i := range records {
			if e := records[i].event(); e != nil && (e.Kind == 0 || e.Who == nil || room.Clean(e.Text) != e.Text) {
				t.Errorf("event %+v", e)
			}
			encodeLine(&again, &records[i])
		}
		if same, err := decodeRecords(again.Bytes()); err != nil || len(same) != len(records) {
			t.Errorf("%d of %d: %v", len(same), len(records), err)
		}
	})
}

// What was struck out of a book that several nodes have leaves a marker there for a day.
// A backup brings none into a journal of one's own, where it would stay.
func TestUnpackLeavesMarkersOut(t *testing.T) {
	t.Parallel()
	away := elsewhere(t, t.TempDir(), -1)
	s := begin(t, Config{URL: away.ClientURL(), Memory: wide})
	s.Write(row("bans", "bob", `{}`))
	s.Write(row("names", "alice", `{}`))
	eventually(t, "they are stored", func() bool { return s.Status().Rows == 0 })
	s.Write(row("bans", "bob", ""))
	eventually(t, "it is struck out", func() bool { return s.Status().Rows == 0 })
	var backup bytes.Buffer
	if err := s.Backup(bounded(t), &backup); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := Unpack(bounded(t), Config{Dir: dir}, &backup); err != nil {
		t.Fatal(err)
	}
	s = begin(t, Config{Dir: dir, Memory: wide})
	wantRows(t, s.Journal, map[place]string{{"names", "alice"}: `{}`})
	stream, err := s.engine.js.Stream(bounded(t), bookStream)
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d messages are stored for one row", n)
	}
}

// A small file that would unpack to more than there may be is refused before it fills the
// disk, and the error says what may help; nothing is left of it.
func TestBackupThatIsTooLarge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		stream, subject, says string
		megabytes             int
	}{
		{roomStream, roomSubject("lobby"), "--history-bytes", 40},
		{deskStream, place{"typed", "a"}.subject(), "of KV_desk", 200},
	}
	for _, test := range tests[:testkit.Amount(2, 1)] {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if err := writeLine(w, backupHeader{Teahouse: backupMark, Version: format}); err != nil {
			t.Fatal(err)
		}
		line := backupLine{Stream: test.stream, Subject: test.subject, Data: bytes.Repeat([]byte("a"), 1<<20)}
		for range test.megabytes {
			if err := writeLine(w, line); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		err := Verify(bytes.NewReader(packed.Bytes()), room.Memory{Lines: 10, Bytes: 1})
		if err == nil || !strings.Contains(err.Error(), "as much as there may be") || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%d bytes of %s: %v", packed.Len(), test.stream, err)
		}
	}
}
