package journal

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"teahouse/journal/internal/backup"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// version5 returns a data directory of version 5 as a kill leaves it, and its records.
func version5(t *testing.T) (dir string, want map[layout.RecordID]string) {
	t.Helper()
	dir = t.TempDir()
	want = map[layout.RecordID]string{
		{Table: "bans", Key: "bob"}: `{}`, {Table: "namenotices", Key: "bob"}: `{}`, {Table: "serversettings", Key: "all"}: `{"slow":2}`,
		{Table: "settings", Key: ""}: `{}`, {Table: "ignorelists", Key: "\xff"}: `{}`, {Table: "readmarkers", Key: "bob lobby"}: `{}`,
	}
	for i := range 200 {
		want[layout.RecordID{Table: "inputhistories", Key: fmt.Sprint(i)}] = fmt.Sprintf(`{"lines":["\u003c%d"]}`, i)
	}
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	s.downgrade(t, 5, want)
	s.kill()
	downgradeFolder(t, dir, 5)
	return dir, want
}

// A store of version 5 is opened: all records are there, under the new names of their tables. What
// is changed or deleted there stays so.
func TestVersion5(t *testing.T) {
	t.Parallel()
	dir, want := version5(t)
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	wantRecords(t, s.Journal, want)
	s.writeAndSettle(t, record("inputhistories", "0", `"later"`), record("inputhistories", "1", ""))
	want[layout.RecordID{Table: "inputhistories", Key: "0"}] = `"later"`
	delete(want, layout.RecordID{Table: "inputhistories", Key: "1"})
	wantAfterKill(t, dir, want)
	s.closeStored(t)
	wantAfterKill(t, dir, want)
	var offline, salvaged bytes.Buffer
	if err := BackupOffline(testContext(t), Config{Dir: dir}, &offline); err != nil {
		t.Fatal(err)
	}
	if _, err := Salvage(dir, &salvaged); err != nil {
		t.Fatal(err)
	}
	wantInBackup(t, "offline, once moved", offline.Bytes(), want)
	wantInBackup(t, "salvaged, once moved", salvaged.Bytes(), want)
}

// wantInBackup checks that a backup has the records, each once, as the journal reads it.
func wantInBackup(t *testing.T, how string, one []byte, want map[layout.RecordID]string) {
	t.Helper()
	got := map[string]string{}
	_, err := backup.Read(bytes.NewReader(one), room.HistoryLimits{}, func(l *backup.Line) error {
		if _, twice := got[l.Subject]; layout.HasRecords(l.Stream) && twice {
			t.Errorf("%s: %s is there twice", how, l.Subject)
		}
		if layout.HasRecords(l.Stream) {
			got[l.Subject] = string(l.Data)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", how, err)
	}
	bySubject := map[string]string{}
	for at, value := range want {
		bySubject[at.Subject()] = value
	}
	if !maps.Equal(got, bySubject) {
		t.Errorf("%s: it has %d records, want %d:\n%.500v\n%.500v", how, len(got), len(bySubject), got, bySubject)
	}
}

// A backup of a closed store of version 5 has everything, and so have one made by version 5 and
// what salvage makes of that store.
func TestBackupOfVersion5(t *testing.T) {
	t.Parallel()
	dir, want := version5(t)
	var offline, salvaged bytes.Buffer
	if err := BackupOffline(testContext(t), Config{Dir: dir}, &offline); err != nil {
		t.Fatal(err)
	}
	if _, err := Salvage(dir, &salvaged); err != nil {
		t.Fatal(err)
	}
	names := []string{fmt.Sprintf(`"version":%d`, layout.Version), `"version":5`}
	for now, before := range legacyTables {
		names = append(names, "."+now+".", "."+before+".")
	}
	then := strings.NewReplacer(names...).Replace(string(gunzipped(t, offline.Bytes())))
	if !strings.Contains(then, `"$KV.personal.typed.`) {
		t.Errorf("version 5 would not have made this:\n%.1000s", then)
	}
	for how, one := range map[string][]byte{"offline": offline.Bytes(), "salvaged": salvaged.Bytes(), "of version 5": gzipped([]byte(then))} {
		wantInBackup(t, how, one, want)
		restored := t.TempDir()
		if err := RestoreBackup(testContext(t), Config{Dir: restored}, bytes.NewReader(one)); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		wantRecords(t, openServer(t, Config{Dir: restored, HistoryLimits: wideLimits}).Journal, want)
	}
}
