package journal

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"teahouse/internal/records"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

// downgradeToVersion3 turns a store back into version 3, with personal records in KV_book.
func (h *testHouse) downgradeToVersion3(t *testing.T, rows map[layout.RecordID]string) {
	t.Helper()
	var messages []*nats.Msg
	for at, value := range rows {
		messages = append(messages, &nats.Msg{Subject: at.SubjectIn(records.Authority), Data: []byte(value)})
	}
	for _, sent := range h.store.PublishAll(testContext(t), messages) {
		if sent.Err != nil {
			t.Fatal(sent.Err)
		}
	}
	if err := h.store.JS.DeleteStream(testContext(t), layout.PersonalStream); err != nil {
		t.Fatal(err)
	}
	for _, stream := range layout.StreamNames() {
		have, err := h.store.FindStream(testContext(t), stream)
		if err != nil {
			t.Fatal(err)
		}
		if have == nil {
			continue
		}
		have.Metadata[layout.VersionKey] = "3"
		if stream == layout.AuthorityStream {
			have.MaxBytes = 64 << 20
		}
		if _, err := h.store.JS.UpdateStream(testContext(t), *have); err != nil {
			t.Fatal(err)
		}
	}
}

// version3 returns a data directory of version 3 as a kill leaves it, and its records.
func version3(t *testing.T) (dir string, want map[layout.RecordID]string) {
	dir = t.TempDir()
	return dir, version3In(t, dir)
}

func version3In(t *testing.T, dir string) (want map[layout.RecordID]string) {
	want = map[layout.RecordID]string{{Table: "bans", Key: "bob"}: `{}`, {Table: "names", Key: "alice"}: `{"n":1}`}
	for i := range 200 {
		want[layout.RecordID{Table: "typed", Key: fmt.Sprint(i)}] = fmt.Sprintf(`{"lines":["\u003c%d"]}`, i)
		want[layout.RecordID{Table: "places", Key: fmt.Sprint(i, " lobby")}] = `{}`
	}
	want[layout.RecordID{Table: "settings", Key: ""}], want[layout.RecordID{Table: "ignored", Key: "\xff"}] = `{}`, `{}`
	s := openHouse(t, Config{Dir: dir, HistoryLimits: wideLimits})
	s.downgradeToVersion3(t, want)
	s.kill()
	write(t, filepath.Join(dir, layout.FolderName, layout.VersionFile), "3\n")
	return want
}

// A store of version 3 is opened on a disk without space for the migration: Open says so. Once
// there is space, everything is there.
func TestMigrationOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("cannot mount a small disk: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", disk).Run() })
	want := version3In(t, disk)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 16<<20), 0o600); err == nil {
		t.Fatal("the disk has room still")
	}
	if err := os.Truncate(ballast, fileSize(t, ballast)-64<<10); err != nil { // enough for the engine to start
		t.Fatal(err)
	}
	if _, err := Open(testContext(t), Config{Dir: disk, HistoryLimits: wideLimits}); err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("it says %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s := openHouse(t, Config{Dir: disk, HistoryLimits: wideLimits})
	wantRecords(t, s.Journal, want)
	s.closeStored(t)
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A store of version 3 is opened: all records are there, and personal ones are where they take
// no space from others. It is the same wherever a kill interrupts the migration.
func TestMigrationOfPersonalRecords(t *testing.T) {
	t.Parallel()
	dir, want := version3(t)
	half := openHouse(t, Config{Dir: dir, HistoryLimits: wideLimits}) // has copied all records,
	wantRecords(t, half.Journal, want)
	for at := range want {
		if at.Partition() == records.Personal { // but was killed before it deleted the originals,
			if _, err := half.store.Publish(testContext(t), at.SubjectIn(records.Authority), "", []byte(want[at])); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantRecords(t, half.Journal, want)
	half.writeAndSettle(t, record("typed", "0", `"later"`), record("typed", "1", ""))
	want[layout.RecordID{Table: "typed", Key: "0"}] = `"later"`
	delete(want, layout.RecordID{Table: "typed", Key: "1"})
	half.kill()
	wantAfterKill(t, dir, want)

	s := openHouse(t, Config{Dir: dir, HistoryLimits: wideLimits}) // and another process has done that.
	wantRecords(t, s.Journal, want)
	stored, err := store.PartitionBucket(s.store, records.Authority).Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(stored.Live()); n != 2 {
		t.Errorf("%d rows are left in the book", n)
	}
	s.closeStored(t)
	wantAfterKill(t, dir, want)
}

// A backup of a closed store of version 3 has everything, and so has one made by version 3.
func TestBackupOfVersion3(t *testing.T) {
	t.Parallel()
	dir, want := version3(t)
	var backup bytes.Buffer
	if err := BackupOffline(testContext(t), Config{Dir: dir}, &backup); err != nil {
		t.Fatal(err)
	}
	then := gzipped(bytes.Replace(gunzipped(t, backup.Bytes()), fmt.Appendf(nil, `"version":%d`, layout.Version), []byte(`"version":3`), 1))
	for _, one := range [][]byte{backup.Bytes(), then} {
		restored := t.TempDir()
		if err := RestoreBackup(testContext(t), Config{Dir: restored}, bytes.NewReader(one)); err != nil {
			t.Fatal(err)
		}
		wantRecords(t, openHouse(t, Config{Dir: restored, HistoryLimits: wideLimits}).Journal, want)
	}
}

// Nodes of version 3 go on writing to KV_book while one of version 4 is open: it sees what they
// write, and does not take the move of a record for its deletion.
func TestNodesOfVersion3(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	c := Config{URL: away.ClientURL(), HistoryLimits: wideLimits}
	s := openHouse(t, c)
	old := openHouse(t, c)
	learned := make(chan records.Record, 10)
	err := s.Watch(func(r records.Record, _ uint64) (bool, error) {
		learned <- r
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	at := layout.RecordID{Table: "typed", Key: "alice"}
	if _, err := old.store.Publish(testContext(t), at.SubjectIn(records.Authority), "", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if r := <-learned; r.Table != "typed" || string(r.Value) != `{}` {
		t.Errorf("learned is %+v", r)
	}
	if err := old.store.MigratePersonalRecords(testContext(t)); err != nil {
		t.Fatal(err)
	}
	old.writeAndSettle(t, record("bans", "mallory", `{}`))
	for range 2 { // from two streams, in any order: the copy, and the ban; but no marker
		if r := <-learned; r.Value == nil || r.Key != "alice" && r.Key != "mallory" {
			t.Errorf("learned is %+v", r)
		}
	}
}
