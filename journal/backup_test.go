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
	"teahouse/journal/internal/backup"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// makeBackup returns the backup of a server where alice has spoken and written to bob.
func makeBackup(t testing.TB) []byte {
	s := openServer(t, Config{HistoryLimits: wideLimits})
	alice := s.join(t, "alice", aliceKey)
	say(t, alice, "one")
	say(t, alice, "two")
	if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "all is kept", func() bool { return s.Status().Stored == 3 && !s.people.isDirty() })
	var backup bytes.Buffer
	if err := s.Backup(testContext(t), &backup); err != nil {
		t.Fatal(err)
	}
	return backup.Bytes()
}

// A backup made while the server is open is restored in another place: messages, the private
// message and the known people are there.
func TestBackup(t *testing.T) {
	t.Parallel()
	dir, backup := t.TempDir(), makeBackup(t)
	if err := Verify(bytes.NewReader(backup), room.HistoryLimits{}); err != nil {
		t.Fatal(err)
	}
	if err := RestoreBackup(testContext(t), Config{Dir: dir}, bytes.NewReader(backup)); err != nil {
		t.Fatal(err)
	}
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	if got := textsOf(s.said); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
	if messages, err := s.OfflineMessages(t.Context(), bobKey); err != nil || !slices.Equal(textsOf(messages), []string{"hello"}) {
		t.Errorf("private messages: %q, %v", textsOf(messages), err)
	}
	if p, ok := s.AccountByName("alice"); !ok || p.LastSeen.IsZero() {
		t.Errorf("found %+v, %v", p, ok)
	}
}

// The process was killed while alice was online. A backup of its journal does not change when she
// was last seen.
func TestBackupOnly(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	s.join(t, "alice", aliceKey)
	say(t, s.join(t, "bob", ""), "the last words")
	testkit.Eventually(t, "all is stored", func() bool { return s.Status().Stored == 3 && !s.people.isDirty() })
	s.kill()
	if err := BackupOffline(testContext(t), c, io.Discard); err != nil {
		t.Fatal(err)
	}
	s = openServer(t, c)
	if alice, _ := s.Account(aliceKey); !alice.LastSeen.Equal(s.said[0].Time) {
		t.Errorf("alice was last seen at %v, the last message was at %v", alice.LastSeen, s.said[0].Time)
	}
}

// A backup that is truncated, changed, missing or of a newer version is rejected, and leaves
// nothing behind.
func TestBackupRefused(t *testing.T) {
	t.Parallel()
	whole := makeBackup(t)
	plain := gunzipped(t, whole)
	lines := bytes.SplitAfter(plain, []byte("\n"))
	lines = lines[:len(lines)-1] // nothing comes after the last
	for name, backup := range map[string][]byte{
		"empty":          nil,
		"no backup":      []byte("dear diary"),
		"other JSON":     gzipped([]byte(`{"a":1}` + "\n")),
		"cut off":        whole[:len(whole)-10],
		"half":           whole[:len(whole)/2],
		"no end":         gzipped(bytes.Join(lines[:len(lines)-1], nil)),
		"a line less":    gzipped(bytes.Join(slices.Delete(slices.Clone(lines), 1, 2), nil)),
		"more after it":  gzipped(append(slices.Clone(plain), lines[1]...)),
		"newer":          gzipped(bytes.Replace(plain, fmt.Appendf(nil, `"version":%d`, layout.Version), []byte(`"version":`+newer), 1)),
		"another stream": gzipped(bytes.Replace(plain, []byte(`"stream":"PM"`), []byte(`"stream":"XX"`), 1)),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			err := RestoreBackup(testContext(t), Config{Dir: dir}, bytes.NewReader(backup))
			if err == nil {
				t.Error("the backup was accepted")
			}
			if Verify(bytes.NewReader(backup), room.HistoryLimits{}) == nil {
				t.Error("the backup passed verification")
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

// A process was killed while it restored a backup. The next restore into the same directory
// leaves nothing of the first.
func TestBackupAfterAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "unpacking-1", layout.FolderName, layout.VersionFile), "4\n")
	write(t, filepath.Join(dir, "unpacking", "mine"), "x")
	if err := RestoreBackup(testContext(t), Config{Dir: dir}, bytes.NewReader(makeBackup(t))); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != layout.FolderName {
		t.Errorf("found %v, %v", left, err)
	}
}

// A backup is not restored over an existing journal.
func TestBackupOverAnother(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	say(t, s.join(t, "bob", bobKey), "precious")
	s.closeStored(t)
	if err := RestoreBackup(testContext(t), Config{Dir: c.Dir}, bytes.NewReader(makeBackup(t))); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("error: %v", err)
	}
	if s = openServer(t, c); !slices.Equal(textsOf(s.said), []string{"precious"}) {
		t.Errorf("got %q", textsOf(s.said))
	}
}

func gzipped(plain []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(plain)
	_ = w.Close()
	return b.Bytes()
}

func gunzipped(t testing.TB, compressed []byte) []byte {
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

// Any input yields an error, or messages that can be stored.
func FuzzBackup(f *testing.F) {
	f.Add([]byte(`{"teahouse":"backup","version":1}` + "\n" + `{"stream":"PM","subject":"pm.YQ","data":"e30="}` + "\n" + `{"end":true,"count":1}` + "\n"))
	f.Add([]byte(`{"teahouse":"backup","version":2}` + "\n" + `{"stream":"KV_book","subject":"$KV.book.bans.YQ","data":"e30="}` + "\n" + `{"end":true,"count":1}` + "\n"))
	f.Add([]byte(`{"teahouse":"backup","version":2}` + "\n" + `{"stream":"PM","subject":"pm.YQ\n","data":"e30="}` + "\n" + `{"end":true,"count":1}` + "\n"))
	f.Add([]byte(`{"teahouse":"backup","version":` + newer + `}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		_, _ = backup.Read(bytes.NewReader(plain), room.HistoryLimits{}, func(*backup.Line) error { return nil })
		_, _ = backup.Read(bytes.NewReader(gzipped(plain)), room.HistoryLimits{}, func(l *backup.Line) error {
			if l.Stream == "" || strings.ContainsAny(l.Subject, " \r\n*>") {
				t.Errorf("message %+v", l)
			}
			return nil
		})
	})
}

// A deleted record in a shared store leaves a marker for a day. A backup brings no markers into
// an embedded store, where they would stay.
func TestRestoreBackupOmitsDeleteMarkers(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	s := openServer(t, Config{URL: away.ClientURL(), HistoryLimits: wideLimits})
	s.Write(record("bans", "bob", `{}`))
	s.Write(record("names", "alice", `{}`))
	testkit.Eventually(t, "they are stored", func() bool { return s.Status().PendingRecords == 0 })
	s.Write(record("bans", "bob", ""))
	testkit.Eventually(t, "it is struck out", func() bool { return s.Status().PendingRecords == 0 })
	var backup bytes.Buffer
	if err := s.Backup(testContext(t), &backup); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := RestoreBackup(testContext(t), Config{Dir: dir}, &backup); err != nil {
		t.Fatal(err)
	}
	s = openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	wantRecords(t, s.Journal, map[layout.RecordID]string{{Table: "names", Key: "alice"}: `{}`})
	stream, err := s.store.JS.Stream(testContext(t), layout.AuthorityStream)
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d messages are stored for one record", n)
	}
}

// A small file that would unpack to more than the limits is rejected before it fills the disk. The
// error says what may help, and nothing is left behind.
func TestBackupThatIsTooLarge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		stream, subject, says string
		megabytes             int
	}{
		{layout.RoomStream, layout.RoomSubject("lobby"), "--history-bytes", 40},
		{layout.PersonalStream, layout.RecordID{Table: "inputhistories", Key: "a"}.Subject(), "of KV_personal", 200},
	}
	for _, test := range tests[:testkit.Amount(2, 1)] {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if err := backup.WriteJSONLine(w, backup.Header{Teahouse: backup.Magic, Version: layout.Version}); err != nil {
			t.Fatal(err)
		}
		line := backup.Line{Stream: test.stream, Subject: test.subject, Data: bytes.Repeat([]byte("a"), 1<<20)}
		for range test.megabytes {
			if err := backup.WriteJSONLine(w, line); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		err := Verify(bytes.NewReader(packed.Bytes()), room.HistoryLimits{Lines: 10, Bytes: 1})
		if err == nil || !strings.Contains(err.Error(), "which is the limit") || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%d bytes of %s: %v", packed.Len(), test.stream, err)
		}
	}
}
