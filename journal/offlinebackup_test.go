package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// streamsOf returns the configurations of a closed journal's streams, by name.
func streamsOf(t *testing.T, data string) map[string]string {
	t.Helper()
	e, err := store.Open(t.Context(), Config{Dir: data, Log: log.New(io.Discard)}, filepath.Join(data, layout.FolderName))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	streams := map[string]string{}
	for _, stream := range layout.StreamNames() {
		if have, err := e.FindStream(t.Context(), stream); err == nil && have != nil {
			streams[stream] = fmt.Sprint(have.MaxBytes, have.MaxAge, have.Duplicates, have.Metadata[layout.VersionKey])
		}
	}
	return streams
}

// A closed journal is backed up without knowing its limits: everything is in the backup, and the
// store does not change. One of version 1 stays at version 1, too.
func TestBackupOfflineChangesNothing(t *testing.T) {
	t.Parallel()
	for version, change := range map[string]func(testing.TB, *store.Store){fmt.Sprint(layout.Version): func(testing.TB, *store.Store) {}, "1": downgradeToVersion1} {
		dir, restored := t.TempDir(), t.TempDir()
		s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
		alice := s.join(t, "alice", aliceKey)
		say(t, alice, "one")
		say(t, alice, "two")
		testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == 3 && !s.people.isDirty() })
		change(t, s.store)
		s.kill()
		before := streamsOf(t, dir)
		var backup bytes.Buffer
		if err := BackupOffline(testContext(t), Config{Dir: dir, HistoryLimits: room.HistoryLimits{Age: time.Millisecond}}, &backup); err != nil {
			t.Fatalf("version %s: %v", version, err)
		}
		if after := streamsOf(t, dir); !maps.Equal(before, after) {
			t.Errorf("version %s: the streams were %v, now %v", version, before, after)
		}
		if err := RestoreBackup(testContext(t), Config{Dir: restored}, &backup); err != nil {
			t.Fatalf("version %s: %v", version, err)
		}
		if got := textsOf(openServer(t, Config{Dir: restored, HistoryLimits: wideLimits}).said); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("version %s: the backup has %q", version, got)
		}
	}
}

// Without a journal, or with one whose streams are elsewhere, there is nothing to back up; a
// folder with other content is not touched.
func TestBackupOfflineWithoutData(t *testing.T) {
	t.Parallel()
	empty, other := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, layout.FolderName, "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := BackupOffline(testContext(t), Config{Dir: empty}, io.Discard); !errors.Is(err, ErrNoData) {
		t.Errorf("an empty directory: %v", err)
	}
	if _, err := os.Stat(filepath.Join(empty, layout.FolderName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder was made: %v", err)
	}
	if err := BackupOffline(testContext(t), Config{Dir: other}, io.Discard); err == nil || errors.Is(err, ErrNoData) {
		t.Errorf("a folder with something else: %v", err)
	}
	if _, _, err := layout.OpenFolder(empty); err != nil {
		t.Fatal(err)
	}
	if err := BackupOffline(testContext(t), Config{Dir: empty}, io.Discard); !errors.Is(err, ErrNoData) {
		t.Errorf("a journal without streams: %v", err)
	}
}

// The folder notes where the streams are, and never a password.
func TestFolderNotesTheServers(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	dir := filepath.Join(data, layout.FolderName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		urls, hosts string
		elsewhere   bool
	}{
		{"", "", false},
		{"nats://one:4222", "one:4222", true},
		{"nats://tea:s3cret@one:4222, tls://token@two:4222", "one:4222, two:4222", true},
		{"", "", false},
	} {
		if err := SaveServers(data, test.urls); err != nil {
			t.Fatal(err)
		}
		if hosts, elsewhere, err := SavedServers(data); hosts != test.hosts || elsewhere != test.elsewhere || err != nil {
			t.Errorf("%q: %q, %t, %v", test.urls, hosts, elsewhere, err)
		}
	}
}
