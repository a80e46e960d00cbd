package journal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"teahouse/internal/testkit"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// startRemoteServer starts a NATS server of its own on a port.
func startRemoteServer(t testing.TB, dir string, port int) *server.Server {
	t.Helper()
	s := natstest.Start(t, &server.Options{Port: port, JetStream: true, StoreDir: dir})
	return s
}

// Servers with less storage than the history may take reject the stream at the start: the error
// says how much they would need, and what to do.
func TestServerWithLittleStorage(t *testing.T) {
	t.Parallel()
	s := natstest.Start(t, &server.Options{Port: -1, JetStream: true, JetStreamMaxStore: 10 << 20, StoreDir: t.TempDir()})
	memory := room.HistoryLimits{Lines: 10, Bytes: 1 << 20}
	_, err := Open(testContext(t), Config{Dir: t.TempDir(), URL: s.ClientURL(), HistoryLimits: memory})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d MB", layout.MaxRoomStreamBytes(memory)>>20)) || !strings.Contains(err.Error(), "max_file_store") {
		t.Errorf("the error is %v", err)
	}
}

// The NATS server goes away while alice speaks, and comes back a good second later. She never
// waits; nothing is lost or duplicated; the log says when the outage began and ended.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	away := startRemoteServer(t, dir, -1)
	c := Config{Dir: t.TempDir(), URL: away.ClientURL(), HistoryLimits: wideLimits}
	port := away.Addr().String()
	port = port[strings.LastIndex(port, ":")+1:]
	s := openServer(t, c)
	alice := s.join(t, "alice", aliceKey)

	var want []string
	slowest := time.Duration(0)
	speak := func(lines int) {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for range lines {
			want = append(want, fmt.Sprintf("line %d", len(want)))
			began := time.Now()
			say(t, alice, want[len(want)-1])
			slowest = max(slowest, time.Since(began))
			<-tick.C
		}
	}
	speak(200)
	natstest.Stop(away)
	speak(400)
	testkit.Eventually(t, "the status says so", func() bool { return s.Status().Err != nil })
	if st := s.Status(); st.FailedWrites == 0 || st.Stored+st.Pending != uint64(len(want)+1) {
		t.Errorf("status, after %d lines and a join: %+v", len(want), st)
	}
	if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); err == nil {
		t.Error("a private message was accepted although nothing stores it")
	}
	n := 0
	if _, err := fmt.Sscan(port, &n); err != nil {
		t.Fatal(err)
	}
	startRemoteServer(t, dir, n)
	speak(200)
	testkit.Eventually(t, "all is kept", func() bool { return s.Status().Stored == uint64(len(want)+1) })
	testkit.Eventually(t, "the log tells of the end", func() bool { return strings.Contains(s.logged.String(), "written again") })
	testkit.Eventually(t, "nothing waits", func() bool { return s.Status().Pending == 0 })
	if st := s.Status(); st.Err != nil || st.Lost != 0 {
		t.Errorf("status: %+v", st)
	}
	if n := strings.Count(s.logged.String(), "cannot be written"); n != 1 {
		t.Errorf("the log reports it %d times:\n%s", n, s.logged)
	}
	// A server that stops loses its streams some time before it hangs up.
	logged := s.logged.String()
	if !slices.ContainsFunc([]string{"not connected to the NATS servers", "no NATS server leads the stream now, as while they elect one: nats: no response from stream"}, func(why string) bool {
		return strings.Contains(logged, `cannot be written; the server goes on err="`+why+`"`)
	}) {
		t.Errorf("the log does not say what is the matter:\n%s", logged)
	}
	if slowest > time.Second {
		t.Errorf("alice waited for %v", slowest)
	}
	s.closeStored(t)
	if s = openServer(t, c); !slices.Equal(textsOf(s.said), want) {
		t.Errorf("%d of %d lines came back, or in another order", len(s.said), len(want))
	}
}

// A message is stored, but its acknowledgement gets lost: the writer sends it again, after the
// engine's deduplication has forgotten it. It is read once.
func TestRepeatedMessage(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	say(t, s.join(t, "alice", aliceKey), "hello")
	testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == 2 })
	var again []layout.Message
	err := s.store.Scan(testContext(t), layout.RoomStream, func(m layout.Message) error {
		again = append(again, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range again {
		if _, err := s.store.Publish(testContext(t), m.Subject, m.ID, m.Data); err != nil { // the engine drops it
			t.Fatal(err)
		}
		if _, err := s.store.Publish(testContext(t), m.Subject, "", m.Data); err != nil {
			t.Fatal(err)
		}
	}
	s.closeStored(t)
	s = openServer(t, c)
	if !slices.Equal(textsOf(s.said), []string{"hello"}) {
		t.Errorf("got %q", textsOf(s.said))
	}
	if s.history.indexes.of(string(room.Lobby)).events() != 4 {
		t.Errorf("%d events are stored", s.history.indexes.of(string(room.Lobby)).events())
	}
	if kept, err := s.Export(t.Context(), aliceKey); err != nil || len(kept) != 2 {
		t.Errorf("exported %d, %v", len(kept), err)
	}
}

// The embedded server stops under the journal, as when its disk fails. The journal restarts it
// by itself, and stores what was said meanwhile.
func TestEmbeddedServerStops(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	alice := s.join(t, "alice", aliceKey)
	say(t, alice, "before")
	testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == 2 })
	s.store.StopServer()
	say(t, alice, "meanwhile")
	bob := s.join(t, "bob", bobKey)
	testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == 4 })
	bob.Leave(room.Quit)
	testkit.Eventually(t, "bob has left", func() bool { p, _ := s.Account(bobKey); return !p.LastSeen.IsZero() })
	s.closeStored(t)
	s = openServer(t, c)
	if got := textsOf(s.said); !slices.Equal(got, []string{"before", "meanwhile"}) {
		t.Errorf("got %q", got)
	}
	if _, ok := s.AccountByName("bob"); !ok {
		t.Error("bob is not known")
	}
}

// The embedded server has failed while nobody speaks, so the writer does not notice: the first
// private message is refused, a later one is stored.
func TestEmbeddedServerStopsInSilence(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	s.store.StopServer()
	testkit.Eventually(t, "a private message is stored", func() bool { return s.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber) == nil })
	if messages, err := s.OfflineMessages(t.Context(), bobKey); err != nil || !slices.Equal(textsOf(messages), []string{"hello"}) {
		t.Errorf("got %q, %v", textsOf(messages), err)
	}
}

// The engine is away for so long that the ring overruns: lost events are counted, and the rest
// is stored. The room never waits.
func TestOverrun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	away := startRemoteServer(t, dir, -1)
	addr := away.Addr().String()
	s := openServer(t, Config{Dir: t.TempDir(), URL: away.ClientURL(), HistoryLimits: wideLimits})
	alice := s.join(t, "alice", aliceKey)
	testkit.Eventually(t, "her coming is kept", func() bool { return s.Status().Stored == 1 })
	natstest.Stop(away)
	const lines = 40_000 // the ring holds 16384
	for range lines {
		say(t, alice, "so much to say")
	}
	port := 0
	if _, err := fmt.Sscan(addr[strings.LastIndex(addr, ":")+1:], &port); err != nil {
		t.Fatal(err)
	}
	startRemoteServer(t, dir, port)
	testkit.Eventually(t, "all is accounted for", func() bool { st := s.Status(); return st.Stored+st.Lost == lines+1 })
	if st := s.Status(); st.Lost < 20_000 || st.Lost > lines-16_000 || st.Err != nil {
		t.Errorf("status: %+v", st)
	}
	if !strings.Contains(s.logged.String(), "fell behind") {
		t.Errorf("the log does not report it:\n%s", s.logged)
	}
}

// The engine is away and the program ends: Close gives up in time, and says how much could not
// be stored.
func TestCloseWhileDisconnected(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	s := openServer(t, Config{URL: away.ClientURL(), HistoryLimits: wideLimits})
	alice := s.join(t, "alice", aliceKey)
	testkit.Eventually(t, "her coming is kept", func() bool { return s.Status().Stored == 1 })
	natstest.Stop(away)
	for range 1000 {
		say(t, alice, "nobody will know")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	err := s.Close(ctx)
	if st := s.Status(); err == nil || st.Lost != 1000 {
		t.Errorf("lost %d: %v", st.Lost, err)
	}
}

// Nobody listens at the URL: Open gives up when its context ends, and the error says where it
// looked, but contains no password.
func TestNobodyElsewhere(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, Config{URL: "nats://teahouse:secret@127.0.0.1:1"})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "secret") {
		t.Errorf("error: %v", err)
	}
}

// The folder holds something else, or a journal of another version, or a damaged one: Open says
// so, and changes nothing.
func TestRefusedFolders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(t *testing.T, dir string)
		says string
	}{
		"something else": {func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, layout.FolderName, "diary.txt"), "dear diary")
		}, "something other than a journal"},
		"newer": {func(t *testing.T, dir string) {
			openServer(t, Config{Dir: dir}).closeStored(t)
			write(t, filepath.Join(dir, layout.FolderName, layout.VersionFile), newer+"\n")
		}, `version "` + newer + `"`},
		"no version": {func(t *testing.T, dir string) {
			openServer(t, Config{Dir: dir}).closeStored(t)
			write(t, filepath.Join(dir, layout.FolderName, layout.VersionFile), "4\x00")
		}, "what teahouse salvage makes of it"},
		"no node": {func(t *testing.T, dir string) {
			openServer(t, Config{Dir: dir}).closeStored(t)
			write(t, filepath.Join(dir, layout.FolderName, layout.NodeFile), "")
		}, "what teahouse salvage makes of it"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.make(t, dir)
			before := storedBytes(t, dir)
			_, err := Open(testContext(t), Config{Dir: dir})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error: %v", err)
			}
			if !slices.Equal(storedBytes(t, dir), before) {
				t.Error("something was changed")
			}
		})
	}
}

// A stream is of another version, or of another program: Open rejects it and leaves it alone.
func TestRefusedStream(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	nc, err := nats.Connect(away.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := nc.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"", newer} {
		made := &nats.StreamConfig{Name: layout.PrivateMessageStream, Subjects: []string{"pm.*"}, Metadata: map[string]string{layout.VersionKey: version}}
		if _, err := js.AddStream(made); err != nil {
			t.Fatal(err)
		}
		_, err = Open(testContext(t), Config{URL: away.ClientURL()})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("version %q", version)) {
			t.Errorf("error: %v", err)
		}
		if info, err := js.StreamInfo(layout.PrivateMessageStream); err != nil || info.Config.MaxAge != 0 {
			t.Errorf("the stream was changed: %v", err)
		}
		if err := js.DeleteStream(layout.PrivateMessageStream); err != nil {
			t.Fatal(err)
		}
	}
}

// The engine's configuration of a stream is damaged, so that the engine ignores the stream: the
// configuration is restored. If it was never saved, Open does not create a new stream in its
// place.
func TestDamagedStream(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	say(t, s.join(t, "alice", aliceKey), "precious")
	s.closeStored(t)
	meta := filepath.Join(blockfile.StreamFolder(filepath.Join(c.Dir, layout.FolderName), layout.RoomStream), integrity.MetaFile)
	whole, err := os.ReadFile(meta)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []string{"no such thing", strings.Replace(string(whole), `"max_age":864000`, `"max_age":1`, 1), ""} {
		write(t, meta, damaged)
		s := openServer(t, c)
		if !slices.Contains(textsOf(s.said), "precious") || damaged != "" && !strings.Contains(s.logged.String(), "configuration was damaged") {
			t.Errorf("%q: the messages are %q, the log %s", damaged, textsOf(s.said), s.logged)
		}
		s.closeStored(t)
	}
	write(t, meta, "no such thing")
	if err := os.Remove(filepath.Join(c.Dir, layout.FolderName, layout.StreamConfigsFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(testContext(t), c); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error: %v", err)
	}
	if !strings.Contains(string(storedBytes(t, c.Dir)), "precious") {
		t.Error("it was overwritten")
	}
}

// A byte of the history has changed on disk, in the first message or a later one. The server has
// all the rest, and says which file it is and how much is lost; a copy of the file is kept.
func TestDamagedMessage(t *testing.T) {
	t.Parallel()
	lines := []string{"first", "second", "third", "fourth"}
	for _, word := range lines {
		t.Run(word, func(t *testing.T) {
			c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
			s := openServer(t, c)
			alice := s.join(t, "alice", "")
			for i, text := range lines {
				say(t, alice, text)
				testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == uint64(i+2) })
			}
			s.closeStored(t)
			path := blockfile.Path(blockfile.StreamFolder(filepath.Join(c.Dir, layout.FolderName), layout.RoomStream), 1)
			block, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := strings.Replace(string(block), word, strings.ToUpper(word), 1)
			write(t, path, damaged)
			s = openServer(t, c)
			if want := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return l == word }); !slices.Equal(textsOf(s.said), want) {
				t.Errorf("the messages are %q", textsOf(s.said))
			}
			if logged := s.logged.String(); !strings.Contains(logged, path) || !strings.Contains(logged, "1 message is gone") {
				t.Errorf("the log says %s", logged)
			}
			kept, err := filepath.Glob(filepath.Join(c.Dir, layout.FolderName, integrity.DamagedFolder, "*", layout.RoomStream, blockfile.MessagesFolder, "1.blk"))
			if err != nil || len(kept) != 1 {
				t.Fatalf("kept are %q, %v", kept, err)
			}
			if same, err := os.ReadFile(kept[0]); err != nil || string(same) != damaged {
				t.Errorf("the copy differs from the damaged file, %v", err)
			}
			s.closeStored(t)
			s = openServer(t, c)
			if s.logged.String() != "" || len(s.said) != len(lines)-1 {
				t.Errorf("the next time found %q, and the log says %s", textsOf(s.said), s.logged)
			}
		})
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
