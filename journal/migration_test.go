package journal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"teahouse/internal/records"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

// legacyTables are the names that tables had before version 6, by their present ones.
var legacyTables = map[string]string{"inputhistories": "typed", "readmarkers": "places", "serversettings": "order", "ignorelists": "ignored", "namenotices": "lost"}

// downgrade turns a store back into version 3, with all records in one stream, or 4 or 5, with the
// records where they were then.
func (h *testServer) downgrade(t *testing.T, version int, all map[layout.RecordID]string) {
	t.Helper()
	partitions := layout.LegacyPartitions()
	if version == 5 {
		partitions = layout.Partitions()
	}
	for _, stream := range layout.StreamNames() {
		have, err := h.store.FindStream(testContext(t), stream)
		if err == nil && layout.HasRecords(stream) {
			err = h.store.JS.DeleteStream(testContext(t), stream)
		} else if err == nil {
			have.Metadata[layout.VersionKey] = fmt.Sprint(version)
			_, err = h.store.JS.UpdateStream(testContext(t), *have)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range h.store.WantedStreams() {
		if i := slices.Index([]string{layout.AuthorityStream, layout.PersonalStream}, want.Name); i == 0 || i == 1 && version > 3 {
			want.Name = layout.PartitionStream(partitions[i])
			want.Metadata[layout.VersionKey] = fmt.Sprint(version)
			if err := h.store.CreateStream(testContext(t), want); err != nil {
				t.Fatal(err)
			}
		}
	}
	var messages []*nats.Msg
	for at, value := range all {
		in := partitions[0]
		if version > 3 && at.Partition() == records.Personal {
			in = partitions[1]
		}
		at.Table = cmp.Or(legacyTables[at.Table], at.Table)
		messages = append(messages, &nats.Msg{Subject: at.SubjectIn(in), Data: []byte(value)})
	}
	for _, sent := range h.store.PublishAll(testContext(t), messages) {
		if sent.Err != nil {
			t.Fatal(sent.Err)
		}
	}
}

// downgradeFolder gives a folder, whose store was downgraded and killed, the version, and removes
// what is known of its files.
func downgradeFolder(t *testing.T, data string, version int) {
	t.Helper()
	dir := filepath.Join(data, layout.FolderName)
	write(t, filepath.Join(dir, layout.VersionFile), fmt.Sprintln(version))
	for _, name := range []string{layout.WatermarksFile, layout.StreamConfigsFile, layout.ManifestFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
		want[layout.RecordID{Table: "inputhistories", Key: fmt.Sprint(i)}] = fmt.Sprintf(`{"lines":["\u003c%d"]}`, i)
		want[layout.RecordID{Table: "readmarkers", Key: fmt.Sprint(i, " lobby")}] = `{}`
	}
	want[layout.RecordID{Table: "settings", Key: ""}], want[layout.RecordID{Table: "ignorelists", Key: "\xff"}] = `{}`, `{}`
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	s.downgrade(t, 3, want)
	s.kill()
	downgradeFolder(t, dir, 3)
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
		t.Fatal("the disk still has space")
	}
	if err := os.Truncate(ballast, fileSize(t, ballast)-64<<10); err != nil { // enough for the engine to start
		t.Fatal(err)
	}
	for range 2 {
		if _, err := Open(testContext(t), Config{Dir: disk, HistoryLimits: wideLimits}); err == nil || !strings.Contains(err.Error(), "no space left on device") {
			t.Errorf("the error is %v", err)
		}
	}
	wantOfVersion(t, disk, 3)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s := openServer(t, Config{Dir: disk, HistoryLimits: wideLimits})
	wantRecords(t, s.Journal, want)
	s.closeStored(t)
}

// wantOfVersion checks that an older program opens a data directory that is not in use.
func wantOfVersion(t *testing.T, data string, version int) {
	t.Helper()
	dir := filepath.Join(data, layout.FolderName)
	if text, err := os.ReadFile(filepath.Join(dir, layout.VersionFile)); err != nil || string(text) != fmt.Sprintln(version) {
		t.Errorf("the folder is of version %q, %v", text, err)
	}
	for _, stream := range append(layout.LegacyStreamNames()[:version-2], layout.RoomStream, layout.PrivateMessageStream, layout.PeopleStream) {
		meta, err := os.ReadFile(filepath.Join(blockfile.StreamFolder(dir, stream), "meta.inf"))
		if err != nil || !strings.Contains(string(meta), fmt.Sprintf(`"%s":"%d"`, layout.VersionKey, version)) {
			t.Errorf("stream %s is %s, %v", stream, meta, err)
		}
	}
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
// no space from others.
func TestMigrationOfPersonalRecords(t *testing.T) {
	t.Parallel()
	dir, want := version3(t)
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	wantRecords(t, s.Journal, want)
	s.writeAndSettle(t, record("inputhistories", "0", `"later"`), record("inputhistories", "1", ""))
	want[layout.RecordID{Table: "inputhistories", Key: "0"}] = `"later"`
	delete(want, layout.RecordID{Table: "inputhistories", Key: "1"})
	stored, err := store.PartitionBucket(s.store, records.Authority).Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(stored.Live()); n != 2 {
		t.Errorf("%d records are in %s", n, layout.AuthorityStream)
	}
	wantAfterKill(t, dir, want)
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
	plain := strings.NewReplacer(
		fmt.Sprintf(`"version":%d`, layout.Version), `"version":3`, "KV_authority", "KV_book", "KV_personal", "KV_book", "$KV.authority.", "$KV.book.", "$KV.personal.", "$KV.book.",
		"inputhistories.", "typed.", "readmarkers.", "places.", "ignorelists.", "ignored.",
	).Replace(string(gunzipped(t, backup.Bytes())))
	then := gzipped([]byte(plain))
	for _, one := range [][]byte{backup.Bytes(), then} {
		restored := t.TempDir()
		if err := RestoreBackup(testContext(t), Config{Dir: restored}, bytes.NewReader(one)); err != nil {
			t.Fatal(err)
		}
		wantRecords(t, openServer(t, Config{Dir: restored, HistoryLimits: wideLimits}).Journal, want)
	}
}
