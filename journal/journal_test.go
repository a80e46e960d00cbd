package journal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/command"
	_ "teahouse/internal/command/builtin" // the commands that these tests run
	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// waitLimit bounds every wait in these tests. No test waits for it to pass.
const waitLimit = 2 * time.Minute

// aliceKey and bobKey are the fingerprints of two people.
const (
	aliceKey = "SHA256:alice/Alice+alice"
	bobKey   = "SHA256:bob/Bob+bob"
)

// wideLimits are never reached in these tests.
var wideLimits = room.HistoryLimits{Lines: 100_000, Bytes: 64 << 20, Age: 24 * time.Hour}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	t.Cleanup(cancel)
	return ctx
}

// A testServer is a hub and its journal.
type testServer struct {
	*Journal
	hub    *room.Hub
	said   []*room.Event // that the journal had of the lobby
	logged *testkit.Recorder
}

// openServer opens a journal as the program does. It is closed when the test ends, unless the test
// has closed it.
func openServer(t testing.TB, c Config) *testServer {
	t.Helper()
	return openServerWith(t, c, func(*Journal, *room.Config) {})
}

// openServerWith is openServer with a hub whose configuration change may change.
func openServerWith(t testing.TB, c Config, change func(*Journal, *room.Config)) *testServer {
	t.Helper()
	s := &testServer{logged: &testkit.Recorder{}}
	c.Log = log.New(s.logged)
	var err error
	if s.Journal, err = Open(testContext(t), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(testContext(t)) })
	said, latest, err := s.history.load(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	hub := room.Config{Messages: s.Journal, HistoryLimits: c.HistoryLimits}
	change(s.Journal, &hub)
	s.hub = room.New(hub)
	s.said = said[room.Lobby]
	s.hub.LoadHistory(room.Lobby, s.said, latest[room.Lobby])
	s.follow(s.hub)
	return s
}

func (h *testServer) join(t testing.TB, name, key string) *room.Session {
	t.Helper()
	u, err := h.hub.Enter(t.Context(), room.ClientInfo{RequestedName: name, Fingerprint: ids.Fingerprint(key), Address: "192.0.2.7"})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func say(t testing.TB, u *room.Session, text string) {
	t.Helper()
	if err := u.Say(text); err != nil {
		t.Fatal(err)
	}
}

// closeStored closes the journal and checks that everything is stored.
func (h *testServer) closeStored(t testing.TB) {
	t.Helper()
	if err := h.Close(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

// textsOf returns the texts of messages, in order.
func textsOf(events []*room.Event) (said []string) {
	for _, e := range events {
		said = append(said, e.Text)
	}
	return said
}

// Alice says three lines, one of them verbatim, and does one action. After a restart all are there,
// once, in order, as they were said.
func TestLinesSurviveRestart(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	alice := s.join(t, "Alice", aliceKey)
	began := time.Now()
	say(t, alice, `so "this" is <it> \ 茶`)
	if err := alice.SayVerbatim("second", "Alice: second"); err != nil {
		t.Fatal(err)
	}
	say(t, alice, "诗：\n床前明月光")
	command.NewRunner(alice).HandleLine("/me 挥手", command.SlashSyntax)
	alice.Leave(room.Quit)
	s.closeStored(t)
	if st := s.Status(); st.Stored != 6 || st.Lost != 0 || st.Err != nil {
		t.Errorf("status: %+v", st)
	}

	s = openServer(t, c)
	if got, want := textsOf(s.said), []string{`so "this" is <it> \ 茶`, "second", "诗：\n床前明月光", "挥手"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i, e := range s.said {
		if e.Kind != room.Said || e.Seq != uint64(i+1) || e.Action != (i == 3) || e.User.Name != "Alice" || e.User.Person != aliceKey || e.User.Address != "" {
			t.Errorf("%+v of %+v", e, e.User)
		}
		if e.Time.Before(began) || e.Time.After(time.Now()) {
			t.Errorf("said at %v", e.Time)
		}
	}
	if v := s.said[1].Verbatim; v != "Alice: second" {
		t.Errorf("verbatim: %q", v)
	}
	if raw := storedBytes(t, c.Dir); !bytes.Contains(raw, []byte("second")) || bytes.Contains(raw, []byte("192.0.2.7")) {
		t.Error("the store holds no lines, or addresses")
	}
}

// Three processes, one after the other, each add lines: all come back in the order in which they
// were said, though each process counts from one.
func TestGenerationsInOrder(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	var want []string
	for generation := range 3 {
		s := openServer(t, c)
		if got := textsOf(s.said); !slices.Equal(got, want) {
			t.Fatalf("generation %d: got %q, want %q", generation, got, want)
		}
		u := s.join(t, "alice", "")
		for i := range 3 {
			want = append(want, fmt.Sprintf("%d.%d", generation, i))
			say(t, u, want[len(want)-1])
		}
		s.hub.Close()
		s.closeStored(t)
	}
}

// Without a data directory everything is in memory: it works, and nothing stays.
func TestInMemory(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{HistoryLimits: wideLimits})
	say(t, s.join(t, "alice", aliceKey), "hello")
	testkit.Eventually(t, "two events are kept", func() bool { return s.Status().Stored == 2 })
	dir := s.store.Dir
	s.closeStored(t)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the temporary folder: %v", err)
	}
}

// With Sync each line is on disk before it is acknowledged; otherwise nothing changes.
func TestSync(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits, Sync: true}
	s := openServer(t, c)
	say(t, s.join(t, "alice", aliceKey), "hello")
	s.closeStored(t)
	if s = openServer(t, c); !slices.Equal(textsOf(s.said), []string{"hello"}) {
		t.Errorf("got %q", textsOf(s.said))
	}
}

// The limit is 100 lines. Of a thousand lines in many messages the latest 100 come back, and the
// store does not keep the rest.
func TestLimitOfLines(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: room.HistoryLimits{Lines: 100}}
	s := openServer(t, c)
	u := s.join(t, "alice", aliceKey)
	for i := range 10 {
		for k := range 100 {
			say(t, u, fmt.Sprintf("line %d", i*100+k))
		}
		testkit.Eventually(t, "they are kept", func() bool { return s.Status().Stored == uint64(100*i+101) })
	}
	s.closeStored(t)
	s = openServer(t, c)
	got := textsOf(s.said)
	if len(got) != 100 || got[0] != "line 900" || got[99] != "line 999" {
		t.Errorf("got %d lines, from %q to %q", len(got), got[0], got[len(got)-1])
	}
	if s.history.indexes.of(string(room.Lobby)).lines < 100 || s.history.indexes.of(string(room.Lobby)).lines >= 100+maxTake {
		t.Errorf("%d lines are stored", s.history.indexes.of(string(room.Lobby)).lines)
	}
}

// A server that keeps no history stores no messages, and drops those from when it did.
func TestNoHistory(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	say(t, s.join(t, "alice", aliceKey), "hello")
	s.closeStored(t)
	c.HistoryLimits.Lines = 0
	s = openServer(t, c)
	if len(s.said) != 0 {
		t.Errorf("got %q", textsOf(s.said))
	}
	say(t, s.join(t, "bob", bobKey), "hello")
	s.closeStored(t)
	if s = openServer(t, c); s.history.indexes.of(string(room.Lobby)).events() != 0 {
		t.Errorf("%d events are stored", s.history.indexes.of(string(room.Lobby)).events())
	}
	if _, ok := s.AccountByName("bob"); !ok {
		t.Error("people are not known")
	}
}

// A crowd of 20 speaks at once, with long lines among them: everything comes back in the order
// of the room.
func TestCrowd(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	follower := s.hub.SubscribeLobby()
	var speaking sync.WaitGroup
	for i := range 20 {
		u := s.join(t, fmt.Sprintf("user-%d", i), "")
		speaking.Go(func() {
			for k := range 100 {
				say(t, u, fmt.Sprintf("%d.%d %s", i, k, strings.Repeat("x", k*20)))
			}
		})
	}
	speaking.Wait()
	s.closeStored(t)
	var want []string
	for {
		events, _ := follower.Take(make([]*room.Event, 0, 100))
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			if e.Kind == room.Said {
				want = append(want, e.Text)
			}
		}
	}
	if s = openServer(t, c); len(want) != 2000 || !slices.Equal(textsOf(s.said), want) {
		t.Errorf("%d of %d came back, or in another order", len(s.said), len(want))
	}
}

// A journal that closes ends its goroutines, including its engine's.
func TestNoGoroutineLeaks(t *testing.T) {
	s := openServer(t, Config{HistoryLimits: wideLimits})
	s.closeStored(t) // goroutines that stay once started have started by now
	before := runtime.NumGoroutine()
	for range 3 {
		s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
		u := s.join(t, "alice", aliceKey)
		say(t, u, "hello")
		if _, err := s.OfflineMessages(t.Context(), aliceKey); err != nil {
			t.Error(err)
		}
		s.closeStored(t)
		if err := s.Close(testContext(t)); err != nil {
			t.Errorf("closed again: %v", err)
		}
	}
	testkit.Eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

// storedBytes returns the contents of all files in the journal's folder.
func storedBytes(t testing.TB, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(filepath.Join(dir, layout.FolderName), func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The error about an invalid NATS URL does not contain the password.
func TestInvalidURLHidesPassword(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Config{URL: "nats://tea:secret@one:port,nats://two:4222"})
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "nats://HOST:PORT") {
		t.Error(err)
	}
}

// Events after a restart are later than everything stored of the room, even if nobody spoke:
// programs resume after an ID that they have read.
func TestTimeAdvancesBeyondStoredEvents(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	ahead := time.Now().Add(time.Hour).Round(0)
	left, _ := layout.NewStoredEvent(&room.Event{Seq: 1, Time: ahead, Kind: room.Left, User: &room.UserInfo{Name: "bob"}, Reason: room.Quit}, s.identity)
	var b batch
	b.add(&left)
	if _, err := s.store.Publish(testContext(t), layout.RoomSubject(room.Lobby), b.id, b.data.Bytes()); err != nil {
		t.Fatal(err)
	}
	s.kill()

	s = openServer(t, c)
	ear, err := s.hub.Enter(t.Context(), room.ClientInfo{RequestedName: "ear"})
	if err != nil {
		t.Fatal(err)
	}
	say(t, s.join(t, "alice", aliceKey), "hello")
	for _, e := range ear.Take(make([]room.Item, 0, 8)) {
		if e, ok := e.(*room.Event); ok && e.Seq > 0 && !e.Time.After(ahead) {
			t.Errorf("%v is at %v, before an event at %v", e.Kind, e.Time, ahead)
		}
	}
}
