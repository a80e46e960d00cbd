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

	"teahouse/room"
)

// patience bounds every wait in these tests. Nothing waits for it to pass.
const patience = 20 * time.Second

// aliceKey and bobKey are the fingerprints of two people.
const (
	aliceKey = "SHA256:alice/Alice+alice"
	bobKey   = "SHA256:bob/Bob+bob"
)

// wide is a memory that nothing in these tests fills.
var wide = room.Memory{Lines: 100_000, Bytes: 64 << 20, Age: 24 * time.Hour}

func bounded(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// A lockedBuffer is a log that tests read.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// A scene is a house and its journal.
type scene struct {
	*Journal
	house  *room.House
	said   []*room.Event // that the journal had of the lobby
	logged *lockedBuffer
}

// begin opens a journal as the program does. It is closed at the end, if the
// test has not done it.
func begin(t testing.TB, c Config) *scene {
	t.Helper()
	s := &scene{house: room.NewHouse(), logged: &lockedBuffer{}}
	c.Log = log.New(s.logged)
	var err error
	if s.Journal, err = Open(bounded(t), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(bounded(t)) })
	said, latest, err := s.load(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	s.house.Archive, s.house.Memory = s.Journal, c.Memory
	s.said = said[room.Lobby]
	s.house.Recall(room.Lobby, s.said, latest[room.Lobby])
	s.Follow(s.house)
	return s
}

func (s *scene) enter(t testing.TB, name, key string) *room.User {
	t.Helper()
	u, err := s.house.Enter(room.Visitor{Name: name, Key: key, Address: "192.0.2.7"})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func say(t testing.TB, u *room.User, text string) {
	t.Helper()
	if err := u.Say(text); err != nil {
		t.Fatal(err)
	}
}

// end closes the journal and wants all to be stored.
func (s *scene) end(t testing.TB) {
	t.Helper()
	if err := s.Close(bounded(t)); err != nil {
		t.Fatal(err)
	}
}

// texts returns what was said, in order.
func texts(events []*room.Event) (said []string) {
	for _, e := range events {
		said = append(said, e.Text)
	}
	return said
}

// Alice says three things, the second by a dialect of its own, and does one. The process ends
// and begins again: both are there, once, in order, as they were said.
func TestSaidLinesComeBack(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	alice := s.enter(t, "Alice", aliceKey)
	began := time.Now()
	say(t, alice, `so "this" is <it> \ 茶`)
	if err := alice.SayVerbatim("second", "Alice: second"); err != nil {
		t.Fatal(err)
	}
	say(t, alice, "诗：\n床前明月光")
	alice.Line("/me 挥手", room.Slashed)
	alice.Leave(room.Quit)
	s.end(t)
	if st := s.Status(); st.Kept != 6 || st.Lost != 0 || st.Err != nil {
		t.Errorf("status: %+v", st)
	}

	s = begin(t, c)
	if got, want := texts(s.said), []string{`so "this" is <it> \ 茶`, "second", "诗：\n床前明月光", "挥手"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i, e := range s.said {
		if e.Kind != room.Said || e.Seq != uint64(i+1) || e.Action != (i == 3) || e.Who.Name != "Alice" || e.Who.Key != aliceKey || e.Who.Address != "" {
			t.Errorf("%+v of %+v", e, e.Who)
		}
		if e.Time.Before(began) || e.Time.After(time.Now()) {
			t.Errorf("said at %v", e.Time)
		}
	}
	if v := s.said[1].Verbatim; v != "Alice: second" {
		t.Errorf("verbatim: %q", v)
	}
	if raw := stored(t, c.Dir); !bytes.Contains(raw, []byte("second")) || bytes.Contains(raw, []byte("192.0.2.7")) {
		t.Error("the store holds no lines, or addresses")
	}
}

// Three generations of the process each add lines: all come back in the order in
// which they were said, though each process counts from one.
func TestGenerationsInOrder(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	var want []string
	for generation := range 3 {
		s := begin(t, c)
		if got := texts(s.said); !slices.Equal(got, want) {
			t.Fatalf("generation %d: got %q, want %q", generation, got, want)
		}
		u := s.enter(t, "alice", "")
		for i := range 3 {
			want = append(want, fmt.Sprintf("%d.%d", generation, i))
			say(t, u, want[len(want)-1])
		}
		s.house.Close()
		s.end(t)
	}
}

// Without a data directory all is in memory: it works, and nothing stays.
func TestInMemory(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Memory: wide})
	say(t, s.enter(t, "alice", aliceKey), "hello")
	eventually(t, "two events are kept", func() bool { return s.Status().Kept == 2 })
	dir := s.engine.dir
	s.end(t)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the temporary folder: %v", err)
	}
}

// With Sync each line is on the disk before it counts; otherwise it is the same.
func TestSync(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide, Sync: true}
	s := begin(t, c)
	say(t, s.enter(t, "alice", aliceKey), "hello")
	s.end(t)
	if s = begin(t, c); !slices.Equal(texts(s.said), []string{"hello"}) {
		t.Errorf("got %q", texts(s.said))
	}
}

// The limit is 100 lines. Of a thousand said in many messages the latest 100 come
// back, and the store does not keep the rest either.
func TestLimitOfLines(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: room.Memory{Lines: 100}}
	s := begin(t, c)
	u := s.enter(t, "alice", aliceKey)
	for i := range 10 {
		for k := range 100 {
			say(t, u, fmt.Sprintf("line %d", i*100+k))
		}
		eventually(t, "they are kept", func() bool { return s.Status().Kept == uint64(100*i+101) })
	}
	s.end(t)
	s = begin(t, c)
	got := texts(s.said)
	if len(got) != 100 || got[0] != "line 900" || got[99] != "line 999" {
		t.Errorf("got %d lines, from %q to %q", len(got), got[0], got[len(got)-1])
	}
	if s.indexes.of(room.Lobby).lines < 100 || s.indexes.of(room.Lobby).lines >= 100+batchEvents {
		t.Errorf("%d lines are stored", s.indexes.of(room.Lobby).lines)
	}
}

// A house that is to remember nothing stores nothing that is said, and drops
// what it stored when it was to remember.
func TestNothingToRemember(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	say(t, s.enter(t, "alice", aliceKey), "hello")
	s.end(t)
	c.Memory.Lines = 0
	s = begin(t, c)
	if len(s.said) != 0 {
		t.Errorf("got %q", texts(s.said))
	}
	say(t, s.enter(t, "bob", bobKey), "hello")
	s.end(t)
	if s = begin(t, c); s.indexes.of(room.Lobby).events() != 0 {
		t.Errorf("%d events are stored", s.indexes.of(room.Lobby).events())
	}
	if _, ok := s.Find("bob"); !ok {
		t.Error("people are not known")
	}
}

// A crowd of 20 speaks at once, and long lines among them: everything comes back
// in the order of the room.
func TestCrowd(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	follower := s.house.FollowLobby()
	var speaking sync.WaitGroup
	for i := range 20 {
		u := s.enter(t, fmt.Sprintf("user-%d", i), "")
		speaking.Go(func() {
			for k := range 100 {
				say(t, u, fmt.Sprintf("%d.%d %s", i, k, strings.Repeat("x", k*20)))
			}
		})
	}
	speaking.Wait()
	s.end(t)
	var want []string
	for {
		events := follower.Take(make([]*room.Event, 0, 100))
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			if e.Kind == room.Said {
				want = append(want, e.Text)
			}
		}
	}
	if s = begin(t, c); len(want) != 2000 || !slices.Equal(texts(s.said), want) {
		t.Errorf("%d came back of %d, or in another order", len(s.said), len(want))
	}
}

// Each journal ends its goroutines, its engine's included.
func TestNoGoroutineIsLeft(t *testing.T) {
	s := begin(t, Config{Memory: wide})
	s.end(t) // what starts once and stays is started
	before := runtime.NumGoroutine()
	for range 3 {
		s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
		u := s.enter(t, "alice", aliceKey)
		say(t, u, "hello")
		if _, err := s.Letters(aliceKey); err != nil {
			t.Error(err)
		}
		s.end(t)
		if err := s.Close(bounded(t)); err != nil {
			t.Errorf("closed again: %v", err)
		}
	}
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

// stored returns the bytes of all files in the journal's folder.
func stored(t testing.TB, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(filepath.Join(dir, folderName), func(path string, entry os.DirEntry, err error) error {
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

// A URL of a NATS server that is none is told without the password in it.
func TestNoPasswordOfAMistake(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Config{URL: "nats://tea:secret@one:port,nats://two:4222"})
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "nats://HOST:PORT") {
		t.Error(err)
	}
}

// What happens after a restart is later than all that is stored of the room, though nobody
// said it: programs go on after an id that they were told.
func TestTimeGoesOnAfterWhatIsStored(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	ahead := time.Now().Add(time.Hour).Round(0)
	left, _ := newRecord(&room.Event{Seq: 1, Time: ahead, Kind: room.Left, Who: &room.Who{Name: "bob"}, Reason: room.Quit}, s.identity)
	var b batch
	b.add(&left)
	if _, err := s.engine.publish(bounded(t), roomSubject(room.Lobby), b.id, b.data.Bytes()); err != nil {
		t.Fatal(err)
	}
	s.kill()

	s = begin(t, c)
	ear, err := s.house.Enter(room.Visitor{Name: "ear"})
	if err != nil {
		t.Fatal(err)
	}
	say(t, s.enter(t, "alice", aliceKey), "hello")
	for _, e := range ear.Take(make([]*room.Event, 0, 8)) {
		if e.Seq > 0 && !e.Time.After(ahead) {
			t.Errorf("%v is at %v, before what was told at %v", e.Kind, e.Time, ahead)
		}
	}
}
