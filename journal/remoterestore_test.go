package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/internal/command"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/backup"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// What the log says about data in a folder beside NATS servers.
const (
	notThere     = "has data that the NATS servers lack"
	anotherThere = "of another server than the NATS servers have"
)

// A server's data is moved to NATS servers, and back into a folder. History, private messages,
// records and known people are there each time; deleted and forgotten data is not.
func TestRemoteRestore(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	own, back := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}, Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	shared := Config{Dir: own.Dir, URL: away.ClientURL(), HistoryLimits: wideLimits}
	addSomeData(t, own)
	fresh := Config{Dir: own.Dir, URL: startRemoteServer(t, t.TempDir(), -1).ClientURL(), HistoryLimits: wideLimits, Log: log.New(io.Discard)}
	wantLocalData(t, fresh, LocalNotMoved)
	if s := openServer(t, fresh); !strings.Contains(s.logged.String(), notThere) {
		t.Errorf("beside servers that have nothing, the log is: %s", s.logged)
	}
	var saved bytes.Buffer
	if err := BackupOffline(testContext(t), own, &saved); err != nil {
		t.Fatal(err)
	}
	if err := RestoreBackup(testContext(t), shared, &saved); err != nil {
		t.Fatal(err)
	}
	s := openServer(t, shared)
	s.wantSomeData(t)
	fresh.URL = shared.URL
	wantLocalData(t, fresh, NoLocalData)
	if log := s.logged.String(); strings.Contains(log, "folder") {
		t.Errorf("where the data was moved, the log is: %s", log)
	}
	saved.Reset()
	if err := s.Backup(testContext(t), &saved); err != nil {
		t.Fatal(err)
	}
	s.closeStored(t)
	var taken *NotEmptyError
	if err := RestoreBackup(testContext(t), shared, bytes.NewReader(saved.Bytes())); !errors.As(err, &taken) || taken.Origin != s.node {
		t.Errorf("over other data: %v", err)
	}
	if err := RestoreBackup(testContext(t), back, &saved); err != nil {
		t.Fatal(err)
	}
	openServer(t, back).wantSomeData(t)
	if s := openServer(t, Config{Dir: back.Dir, URL: shared.URL, HistoryLimits: wideLimits}); !strings.Contains(s.logged.String(), anotherThere) {
		t.Errorf("beside other data, the log is: %s", s.logged)
	}
	s = openServer(t, own)
	if !strings.Contains(s.logged.String(), "last used NATS servers") {
		t.Errorf("without the servers, the log is: %s", s.logged)
	}
	s.closeStored(t)
	wantLocalData(t, fresh, LocalUnrelated)
	if s := openServer(t, shared); !strings.Contains(s.logged.String(), anotherThere) {
		t.Errorf("with the servers again, the log is: %s", s.logged)
	}
}

func wantLocalData(t *testing.T, c Config, want LocalData) {
	t.Helper()
	if own, err := CheckLocalData(testContext(t), c); own != want || err != nil {
		t.Errorf("local data: %v, %v, want %v", own, err, want)
	}
}

// addSomeData leaves a journal with some data of each kind.
func addSomeData(t *testing.T, c Config) {
	t.Helper()
	s := openServer(t, c)
	alice, bob := s.join(t, "alice", aliceKey), s.join(t, "bob", bobKey)
	say(t, alice, "to be forgotten")
	say(t, bob, "one")
	say(t, bob, "two")
	if _, err := command.NewRunner(alice).RunCommand([]string{"forget", "me", "yes"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); err != nil {
		t.Fatal(err)
	}
	s.Write(record("bans", "mallory", `{"why":"spam"}`))
	s.Write(record("bans", "trudy", `{}`))
	s.Write(record("inputhistories", "alice", `{}`))
	testkit.Eventually(t, "the records are stored", func() bool { return s.Status().PendingRecords == 0 })
	s.Write(record("bans", "trudy", ""))
	testkit.Eventually(t, "all is stored", func() bool { return s.Status().PendingRecords == 0 && s.Pending() == 0 && !s.people.isDirty() })
	s.closeStored(t)
}

func (h *testServer) wantSomeData(t *testing.T) {
	t.Helper()
	if got := textsOf(h.said); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("said: %q", got)
	}
	if messages, err := h.OfflineMessages(t.Context(), bobKey); err != nil || !slices.Equal(textsOf(messages), []string{"hello"}) {
		t.Errorf("private messages: %q, %v", textsOf(messages), err)
	}
	if _, ok := h.AccountByName("bob"); !ok {
		t.Error("bob is not known")
	}
	wantRecords(t, h.Journal, map[layout.RecordID]string{{Table: "bans", Key: "mallory"}: `{"why":"spam"}`, {Table: "inputhistories", Key: "alice"}: `{}`})
}

// A process dies while it fills NATS servers, at any step. Nothing opens or backs up that data,
// and the next restore is complete.
func TestInterruptedRemoteRestore(t *testing.T) {
	t.Parallel()
	saved := makeBackup(t)
	away := startRemoteServer(t, t.TempDir(), -1)
	c := Config{URL: away.ClientURL(), HistoryLimits: wideLimits, Log: log.New(io.Discard)}
	e, err := store.Open(testContext(t), c, "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	errDies := errors.New("it dies")
	for opened := range len(e.WantedStreams()) {
		r := &backup.RemoteRestore{Store: e, Version: layout.UnfinishedPrefix + fmt.Sprint(opened), Counts: map[string]uint64{}}
		there, err := r.FindStreams(testContext(t))
		if err == nil {
			err = r.CreateStreams(testContext(t), there)
		}
		if err != nil {
			t.Fatalf("opened %d: %v", opened, err)
		}
		_, err = backup.Read(bytes.NewReader(saved), wideLimits, func(l *backup.Line) error {
			if opened == 0 && l.Stream != layout.RoomStream {
				return errDies
			}
			return r.Add(testContext(t), l)
		})
		if opened == 0 != errors.Is(err, errDies) {
			t.Fatal(err)
		}
		for _, want := range e.WantedStreams()[len(e.WantedStreams())-opened:] {
			if err := r.SetVersion(testContext(t), want.Name, ""); err != nil {
				t.Fatal(err)
			}
		}
		if own, err := CheckLocalData(testContext(t), c); own != PartlyMoved || err != nil {
			t.Errorf("with %d streams opened it finds %v, %v", opened, own, err)
		}
		for what, err := range map[string]error{
			"a server": errorOf(Open(testContext(t), c)),
			"a backup": BackupOffline(testContext(t), c, io.Discard),
		} {
			if !errors.Is(err, layout.ErrUnfinishedRestore) {
				t.Errorf("with %d streams opened, %s: %v", opened, what, err)
			}
		}
	}
	if err := RestoreBackup(testContext(t), c, bytes.NewReader(saved)); err != nil {
		t.Fatal(err)
	}
	if got := textsOf(openServer(t, c).said); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
}

func errorOf(_ *Journal, err error) error { return err }

// A truncated backup leaves nothing on the NATS servers, and no backup is restored there while a
// node runs.
func TestRemoteRestoreRefused(t *testing.T) {
	t.Parallel()
	saved := makeBackup(t)
	c := Config{URL: startRemoteServer(t, t.TempDir(), -1).ClientURL(), HistoryLimits: wideLimits}
	if err := RestoreBackup(testContext(t), c, bytes.NewReader(saved[:len(saved)-10])); err == nil {
		t.Error("half a backup was accepted")
	}
	e, err := store.Open(testContext(t), Config{URL: c.URL, Log: log.New(io.Discard)}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for name := range e.JS.StreamNames(testContext(t)).Name() {
		t.Errorf("the stream %s is left", name)
	}
	done := make(chan error)
	go func() { done <- RestoreBackup(testContext(t), c, bytes.NewReader(saved)) }()
	for err := error(nil); err == nil; {
		select {
		case err = <-done:
			if !errors.Is(err, backup.ErrNodesRunning) {
				t.Errorf("while a node runs: %v", err)
			}
		default:
			if err := e.Conn.Publish("teahouse.heartbeat", []byte("{}")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Two restores fill the same NATS servers: the one that started later goes on, and the other one
// fails, at any step.
func TestTwoRemoteRestores(t *testing.T) {
	t.Parallel()
	c := Config{URL: startRemoteServer(t, t.TempDir(), -1).ClientURL(), HistoryLimits: wideLimits, Log: log.New(io.Discard)}
	e, err := store.Open(testContext(t), c, "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	first, second := &backup.RemoteRestore{Store: e, Version: layout.UnfinishedPrefix + " 1", Counts: map[string]uint64{}}, &backup.RemoteRestore{Store: e, Version: layout.UnfinishedPrefix + " 2", Counts: map[string]uint64{}}
	all := &backup.Line{Stream: layout.RoomStream, Subject: layout.RoomSubject(room.Lobby), Data: []byte("{}\n")}
	for _, r := range []*backup.RemoteRestore{first, second} {
		there, err := r.FindStreams(testContext(t))
		if err == nil {
			err = r.CreateStreams(testContext(t), there)
		}
		if err == nil {
			err = r.Add(testContext(t), all)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Finish(testContext(t), ""); !errors.Is(err, backup.ErrOtherRestore) {
		t.Errorf("the first: %v", err)
	}
	if err := second.Finish(testContext(t), ""); err == nil {
		t.Error("the second took the first one's data for its own")
	}
	first.Discard(testContext(t))
	if _, err := second.OwnStream(testContext(t), layout.RoomStream); err != nil {
		t.Errorf("the first removed data of the second: %v", err)
	}
}

// A folder in which nothing was ever stored does not count as data.
func TestHasLocalData(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	openServer(t, c).closeStored(t)
	if _, ok := HasLocalData(c.Dir); ok {
		t.Error("an empty directory has data")
	}
	if _, ok := HasLocalData(filepath.Join(c.Dir, "nothing")); ok {
		t.Error("nothing counts as data")
	}
	addSomeData(t, c)
	if node, ok := HasLocalData(c.Dir); !ok || node == "" {
		t.Errorf("a directory with data has none: %q", node)
	}
}
