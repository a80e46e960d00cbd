package journal

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/backup"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// foreignMessages returns messages that this program never writes, though the streams accept
// them.
func foreignMessages() (messages []layout.Message) {
	for _, subject := range []string{
		"room.!!", "room.=", "room.YQ==", "pm.!!", "pm.YQ.!!", "pm.-.-",
		"$KV.people.!!", "$KV.people.a.b", "$KV.people.YR",
		"$KV.authority.bans", "$KV.authority.bans.!!", "$KV.authority.Bans.YQ", "$KV.authority.bans.YQ.YQ", "$KV.authority.\x1b[2J.YQ",
		"$KV.personal.inputhistories", "$KV.personal.inputhistories.!!", "$KV.personal.t1.YQ", "$KV.authority.bans." + strings.Repeat("YWFh", 950),
		layout.RoomSubject(room.Lobby), layout.PrivateMessageSubject(bobKey, aliceKey), layout.PeopleSubject(bobKey),
		layout.RecordID{Table: "inputhistories", Key: "bob"}.Subject(), layout.RecordID{Table: "bans", Key: "bob"}.Subject(),
	} {
		for _, data := range []string{"null", "[]", "{", `{"time":"9999-12-31T23:59:59Z","seq":-1}`, "\x00\xff", strings.Repeat("[", 100_000)} {
			messages = append(messages, layout.Message{Subject: subject, Data: []byte(data)})
		}
	}
	return messages
}

// Somebody else writes into the store. All readers still read the server's own data, a backup
// has it, and the backup can be restored.
func TestForeignMessages(t *testing.T) {
	t.Parallel()
	dir, restored := t.TempDir(), t.TempDir()
	c := Config{Dir: dir, HistoryLimits: wideLimits}
	s := openServer(t, c)
	say(t, s.join(t, "alice", aliceKey), "one")
	s.writeAndSettle(t, record("bans", "mallory", `{}`), record("inputhistories", "alice", `{}`))
	testkit.Eventually(t, "all is kept", func() bool { return s.Status().Stored == 2 && !s.people.isDirty() })
	if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); err != nil {
		t.Fatal(err)
	}
	for _, m := range foreignMessages() {
		if _, err := s.store.Publish(testContext(t), m.Subject, "", m.Data); err != nil {
			t.Fatalf("%.40q is not accepted: %v", m.Subject, err)
		}
	}
	var backup bytes.Buffer
	if err := s.Backup(testContext(t), &backup); err != nil {
		t.Fatal(err)
	}
	s.closeStored(t)
	if err := RestoreBackup(testContext(t), Config{Dir: restored}, &backup); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, restored} {
		s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
		if got := textsOf(s.said); !slices.Equal(got, []string{"one"}) {
			t.Errorf("the messages are %q", got)
		}
		got := recordsIn(t, s.Journal)
		// The hub rejects the others: their subjects are valid, but their values are not.
		maps.DeleteFunc(got, func(at layout.RecordID, _ string) bool { return at.Key == "bob" || len(at.Key) > 256 })
		if want := map[layout.RecordID]string{{Table: "bans", Key: "mallory"}: `{}`, {Table: "inputhistories", Key: "alice"}: `{}`}; !maps.Equal(got, want) {
			t.Errorf("the records are %.300v", got)
		}
		if messages, err := s.OfflineMessages(t.Context(), bobKey); err != nil || !slices.Equal(textsOf(messages), []string{"hello"}) {
			t.Errorf("private messages: %q, %v", textsOf(messages), err)
		}
		if _, ok := s.AccountByName("alice"); !ok {
			t.Error("alice is not known")
		}
		if logged := s.logged.String(); strings.Count(logged, "\n") > 10 || len(logged) > 10_000 {
			t.Errorf("the log has %d lines, of %d bytes", strings.Count(logged, "\n"), len(logged))
		}
	}
}

// A backup with messages that the engine would reject is rejected before anything is unpacked.
func TestBackupWithInvalidMessages(t *testing.T) {
	t.Parallel()
	line := backup.Line{Stream: layout.RoomStream, Subject: layout.RoomSubject(room.Lobby), Time: time.Now()}
	large, named, far := line, line, line
	large.Data = make([]byte, backup.MaxData+1)
	named.ID = strings.Repeat("x", backup.MaxID+1)
	far.Subject = layout.RoomSubject(ids.Room(strings.Repeat("x", 1000)))
	for _, one := range []backup.Line{large, named, far} {
		if err := Verify(bytes.NewReader(backupOf(t, one)), room.HistoryLimits{}); err == nil {
			t.Error("the backup was accepted")
		}
	}
	if err := Verify(bytes.NewReader(backupOf(t, line)), room.HistoryLimits{}); err != nil {
		t.Error(err)
	}
}

// A backup with a floor of its own, below which nothing counts, is rejected: a server restored
// from it would have no bans, or would not open.
func TestBackupWithAFloor(t *testing.T) {
	t.Parallel()
	for _, b := range []*store.Bucket{store.PeopleBucket(nil), store.PartitionBucket(nil, records.Authority), store.PartitionBucket(nil, records.Personal)} {
		for _, mark := range []string{`{"from":2}`, `{"from":1000}`, `{}`, "x"} {
			backup := backupOf(t, backup.Line{Stream: b.Stream, Subject: b.Floor, Time: time.Now(), Data: []byte(mark)})
			if err := Verify(bytes.NewReader(backup), room.HistoryLimits{}); err == nil {
				t.Errorf("%s: the floor %s is accepted", b.Stream, mark)
			}
		}
	}
}

// backupOf returns a backup with some lines.
func backupOf(t *testing.T, lines ...backup.Line) []byte {
	t.Helper()
	var plain bytes.Buffer
	all := []any{backup.Header{Teahouse: backup.Magic, Version: layout.Version, Time: time.Now()}}
	for _, line := range lines {
		all = append(all, line)
	}
	for _, line := range append(all, backup.Line{End: true, Count: uint64(len(lines))}) {
		if err := backup.WriteJSONLine(&plain, line); err != nil {
			t.Fatal(err)
		}
	}
	return gzipped(plain.Bytes())
}

// Before version 4 there was no limit on all waiting private messages together. A backup from
// then is restored, and all of them still wait.
func TestBackupOfMorePrivateMessages(t *testing.T) {
	t.Parallel()
	testkit.Soak(t, "it writes 64 MB; TestBackupOfVersion3 unpacks an old backup that is small")
	lines := make([]backup.Line, layout.MaxPrivateMessageBytes/900_000+1)
	for i := range lines {
		var text bytes.Buffer
		to := fmt.Sprint("SHA256:", i)
		layout.EncodeJSONLine(&text, layout.PrivateMessage{Time: time.Now(), From: "alice", FromKey: aliceKey, To: "bob", ToKey: ids.Account(to), Text: strings.Repeat("x", 900_000)})
		lines[i] = backup.Line{Stream: layout.PrivateMessageStream, Subject: layout.PrivateMessageSubject(ids.Account(to), ""), Time: time.Now(), Data: text.Bytes()}
	}
	dir, saved := t.TempDir(), backupOf(t, lines...) // which takes long under the race detector
	if err := RestoreBackup(testContext(t), Config{Dir: dir}, bytes.NewReader(saved)); err != nil {
		t.Fatal(err)
	}
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	stream, err := s.store.JS.Stream(testContext(t), layout.PrivateMessageStream)
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.Msgs; n != uint64(len(lines)) {
		t.Errorf("%d private messages of %d wait", n, len(lines))
	}
	if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, "another"), anyNumber); err != room.ErrNoSpace {
		t.Errorf("another private message: %v", err)
	}
}

// A process was killed after it had upgraded all streams, before it created the new one. The
// data can be backed up.
func TestBackupBetweenVersions(t *testing.T) {
	t.Parallel()
	dir, want := version3(t)
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	if err := s.store.JS.DeleteStream(testContext(t), layout.PersonalStream); err != nil {
		t.Fatal(err)
	}
	s.kill()
	if err := os.RemoveAll(blockfile.StreamFolder(s.store.Dir, layout.PersonalStream)); err != nil {
		t.Fatal(err)
	}
	for _, later := range []string{layout.StreamConfigsFile, layout.WatermarksFile} { // it had not reached these either
		if err := os.Remove(filepath.Join(s.store.Dir, later)); err != nil {
			t.Fatal(err)
		}
	}
	var backup bytes.Buffer
	if err := BackupOffline(testContext(t), Config{Dir: dir}, &backup); err != nil {
		t.Fatal(err)
	}
	restored := t.TempDir()
	if err := RestoreBackup(testContext(t), Config{Dir: restored}, &backup); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(want, func(at layout.RecordID, _ string) bool { return at.Partition() == records.Personal })
	wantRecords(t, openServer(t, Config{Dir: restored, HistoryLimits: wideLimits}).Journal, want)
}

// Lines in the store have the latest possible times. Everything said from then on is still there
// after restarts.
func TestLineFarAhead(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: room.HistoryLimits{Lines: 100, Bytes: 1 << 20}}
	s := openServer(t, c)
	end := time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	want := []string{"now", "late", "last"}
	for i, at := range []time.Time{time.Now(), end.Add(-2500 * time.Millisecond), end.Add(-2 * time.Second)} {
		var line bytes.Buffer
		layout.EncodeJSONLine(&line, layout.StoredEvent{By: "elsewhere.1", Seq: uint64(i + 1), Time: at, Kind: "said", Name: "eve", Text: want[i]})
		if _, err := s.store.Publish(testContext(t), layout.RoomSubject(room.Lobby), "", line.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	s.closeStored(t)
	for _, text := range []string{"one", "two", "three", "four"} {
		s = openServer(t, c)
		if got := textsOf(s.said); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Errorf("the messages are %q, want %q", got, want)
		}
		say(t, s.join(t, "alice", aliceKey), text)
		want = append(want, text)
		s.closeStored(t)
	}
}
