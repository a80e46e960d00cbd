package journal

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/backup"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

// makeDataWithRecords creates a data directory with records in both partitions, and returns
// them.
func makeDataWithRecords(t *testing.T) (dir string, want map[layout.RecordID]string) {
	t.Helper()
	dir = t.TempDir()
	j := mustOpen(t, Config{Dir: dir, HistoryLimits: wideLimits})
	for i := range 20 {
		writeAndWait(t, j, record("bans", fmt.Sprint("key", i), "{}"))
		writeAndWait(t, j, record("inputhistories", fmt.Sprint("key", i), "{}"))
	}
	writeAndWait(t, j, record("bans", "key3", ""))
	want = recordsIn(t, j)
	mustClose(t, j)
	return dir, want
}

func mustOpen(t *testing.T, c Config) *Journal {
	t.Helper()
	j, err := Open(testContext(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close(context.Background()) })
	return j
}

func mustClose(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

// writeAndWait stores a record.
func writeAndWait(t *testing.T, j *Journal, r records.Record) {
	t.Helper()
	n := j.Write(r)
	if err := j.WaitStored(t.Context(), n-1, n); err != nil {
		t.Fatal(err)
	}
}

// bucketDamages are ways to damage a file.
var bucketDamages = map[string]func(path string) error{
	"removed":   os.Remove,
	"truncated": func(path string) error { return os.Truncate(path, 0) },
	"halved": func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	},
	"misnumbered": func(path string) error { return flipByte(path, 6, 38) }, // of a message in a block: the engine would count up to that
	"zeroed": func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, make([]byte, info.Size()), 0o600)
	},
}

// Whatever happens to a file of the records, the server either refuses to open, naming the
// stream and what to do, or has lost nothing. With AcceptLoss it opens, then and from then on
// without the lost records.
func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	whole, want := makeDataWithRecords(t)
	var files []string
	for _, stream := range []string{layout.AuthorityStream, layout.PersonalStream}[:testkit.Amount(2, 1)] {
		some, err := filepath.Glob(filepath.Join(whole, layout.FolderName, "jetstream", "$G", "streams", stream, "msgs", "*"))
		if err != nil || len(some) < 2 {
			t.Fatalf("%q, %v", some, err)
		}
		files = append(files, some...)
	}
	files = append(files, filepath.Join(whole, layout.FolderName, layout.WatermarksFile))
	for _, file := range files {
		name, err := filepath.Rel(whole, file)
		if err != nil {
			t.Fatal(err)
		}
		for how, damage := range bucketDamages {
			for _, alone := range []bool{true, false}[:testkit.Amount(2, 1)] {
				if !alone && filepath.Ext(file) != ".blk" {
					continue
				}
				t.Run(fmt.Sprint(filepath.Base(filepath.Dir(filepath.Dir(name))), " ", filepath.Base(name), " ", how, " ", alone), func(t *testing.T) {
					dir := t.TempDir()
					if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
						t.Fatal(err)
					}
					if !alone { // a kill leaves no current index
						_ = os.Remove(filepath.Join(dir, filepath.Dir(name), "index.db"))
					}
					if err := damage(filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
					wantRefusedOrComplete(t, dir, want)
				})
			}
		}
	}
}

func wantRefusedOrComplete(t *testing.T, dir string, want map[layout.RecordID]string) {
	t.Helper()
	told := CheckReadable(testContext(t), dir)
	j, err := Open(testContext(t), Config{Dir: dir, HistoryLimits: wideLimits})
	if (told == nil) != (err == nil) {
		t.Errorf("the doctor reports %v, and the server %v", told, err)
	}
	if err == nil {
		if got := recordsIn(t, j); !maps.Equal(got, want) {
			t.Errorf("it opened with %d of %d records", len(got), len(want))
		}
		mustClose(t, j)
		return
	}
	t.Log(err)
	if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "backup") || !strings.Contains(err.Error(), "--accept-loss") {
		t.Errorf("the error is %v", err)
	}
	if err := BackupOffline(testContext(t), Config{Dir: dir}, io.Discard); err == nil {
		t.Error("there is a backup of what is left")
	}
	logged := &testkit.Recorder{}
	j = mustOpen(t, Config{Dir: dir, HistoryLimits: wideLimits, AcceptLoss: true, Log: log.New(logged)})
	if !strings.Contains(logged.String(), "lost") {
		t.Errorf("it logged %s", logged)
	}
	writeAndWait(t, j, record("bans", "later", "{}"))
	left := recordsIn(t, j)
	mustClose(t, j)
	if got := recordsIn(t, mustOpen(t, Config{Dir: dir, HistoryLimits: wideLimits})); !maps.Equal(got, left) {
		t.Errorf("afterwards it has %v, want %v", got, left)
	}
}

// The watermarks are gone, with or without the records, after a kill: the server does not open
// as if there had never been any.
func TestWatermarksAreGone(t *testing.T) {
	t.Parallel()
	whole, _ := makeDataWithRecords(t)
	for _, also := range []string{"", blockfile.StreamFolder("", layout.AuthorityStream)} {
		dir := testkit.CopyDir(t, whole)
		for _, gone := range []string{layout.ManifestFile, layout.WatermarksFile} {
			if err := os.Remove(filepath.Join(dir, layout.FolderName, gone)); err != nil {
				t.Fatal(err)
			}
		}
		if also != "" {
			if err := os.RemoveAll(filepath.Join(dir, layout.FolderName, also)); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, layout.FolderName, layout.WatermarksFile)
		if j, err := Open(testContext(t), Config{Dir: dir, HistoryLimits: wideLimits}); err == nil || !strings.Contains(err.Error(), path+", which says how much was stored, is gone") {
			if j != nil {
				mustClose(t, j)
			}
			t.Errorf("without %q, too: %v", also, err)
		}
		mustClose(t, mustOpen(t, Config{Dir: dir, HistoryLimits: wideLimits, AcceptLoss: true}))
		mustClose(t, mustOpen(t, Config{Dir: dir, HistoryLimits: wideLimits}))
	}
}

// A stream is gone with its folder.
func TestRemovedStream(t *testing.T) {
	t.Parallel()
	dir, want := makeDataWithRecords(t)
	if err := os.RemoveAll(filepath.Join(dir, layout.FolderName, "jetstream", "$G", "streams", layout.AuthorityStream)); err != nil {
		t.Fatal(err)
	}
	wantRefusedOrComplete(t, dir, want)
}

// Records that are rewritten, deleted and compacted are no loss, measured by any watermark made
// on the way.
func TestWatermarksOfBusyRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := mustOpen(t, Config{Dir: dir, HistoryLimits: wideLimits})
	b := store.PartitionBucket(j.store, records.Authority)
	var marks []integrity.Watermark
	for i := range 30 {
		writeAndWait(t, j, record("bans", fmt.Sprint("key", i%7), "{}"))
		writeAndWait(t, j, record("bans", fmt.Sprint("key", i%5), ""))
		if i%3 == 0 {
			c, err := b.Read(testContext(t))
			if err != nil {
				t.Fatal(err)
			}
			if err := b.RaiseFloor(testContext(t), c, c.LastSeq+1); err != nil {
				t.Fatal(err)
			}
		}
		if i%4 == 0 {
			if err := b.Compact(testContext(t)); err != nil {
				t.Fatal(err)
			}
		}
		if i%2 == 0 {
			j.store.CloseWatermarks(testContext(t))
		}
		marks = append(marks, j.store.Watermarks.Get(layout.AuthorityStream))
	}
	for how, left := range killedCopies(t, dir) {
		now, err := backup.StartOffline(testContext(t), Config{Dir: left})
		if err != nil {
			t.Fatal(err)
		}
		defer now.Close()
		c, err := store.PartitionBucket(now, records.Authority).Read(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		has := integrity.WatermarkOf(c)
		for _, m := range marks {
			if what := m.Missing(has); what != "" {
				t.Errorf("%s: after %v the watermark is %v: %s", how, m, has, what)
			}
		}
	}
}
