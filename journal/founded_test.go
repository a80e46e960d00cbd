package journal

import (
	"testing"
	"time"

	"teahouse/room"
)

// storedIn returns how many messages there are of a room.
func storedIn(t *testing.T, j *Journal, name string) (n int) {
	t.Helper()
	err := j.engine.scan(bounded(t), roomStream, func(m message) error {
		if m.Subject == roomSubject(name) {
			n++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

// storeLine stores a line as if it had been said in a room at a moment.
func storeLine(t *testing.T, j *Journal, name, text string, at time.Time) {
	t.Helper()
	r, _ := newRecord(&room.Event{Seq: uint64(at.UnixNano()), Time: at, Kind: room.Said, Who: &room.Who{Name: "alice", Key: aliceKey}, Text: text}, j.identity)
	var b batch
	b.add(&r)
	if _, err := j.engine.publish(bounded(t), roomSubject(name), b.id, b.data.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// goRoom is the row of a room that was founded at a moment.
func goRoom(founded time.Time) room.Row {
	return room.Row{Table: "rooms", Key: "go", Value: []byte(`{"name":"go","owner":"B","since":"` + founded.Format(time.RFC3339Nano) + `"}`)}
}

// What a process that died left of a closed room is erased by the next, and shown to
// nobody: neither where the room was founded anew, nor where it was not.
func TestOldTalkIsErasedAtTheStart(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for what, rows := range map[string][]room.Row{"closed": nil, "founded anew": {goRoom(now.Add(-time.Minute))}} {
		c := Config{Dir: t.TempDir(), Memory: wide}
		s := begin(t, c)
		storeLine(t, s.Journal, "go", "old secret", now.Add(-2*time.Hour))
		storeLine(t, s.Journal, "go", "new", now.Add(-time.Second))
		s.kill()

		j, err := Open(bounded(t), c)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close(bounded(t))
		h := room.NewHouse()
		h.Archive, h.Memory = j, c.Memory
		if err := h.Open(rows); err != nil {
			t.Fatal(err)
		}
		if err := j.Restore(bounded(t), h); err != nil {
			t.Fatal(err)
		}
		if n := storedIn(t, j, "go"); n != 1 { // which another node may have founded just now
			t.Errorf("%s: there are %d messages", what, n)
		}
	}
}

// A room is closed while the store is away: its talk is erased once that is back, and
// nothing of what is said in the next room of that name.
func TestRoomIsClosedWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	learn := func(row room.Row) {
		if ok, err := s.house.Learn(row, func() bool { return false }); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	visitor := room.Visitor{Name: "bob", Key: "B", Address: "192.0.2.7", Room: "go"}
	learn(goRoom(time.Now()))
	bob, _, err := s.house.Visit(visitor)
	if err != nil {
		t.Fatal(err)
	}
	say(t, bob, "old")
	eventually(t, "it is kept", func() bool { return s.Status().Kept == 1 })
	bob.Leave(room.Quit)
	s.engine.mu.Lock()
	stopServer(s.engine.server)
	s.engine.mu.Unlock()
	learn(room.Row{Table: "rooms", Key: "go"})
	learn(goRoom(time.Now()))
	bob, _, err = s.house.Visit(visitor)
	if err != nil {
		t.Fatal(err)
	}
	say(t, bob, "new")
	eventually(t, "the old talk is erased, the new one kept", func() bool {
		return s.Status().Kept == 2 && storedIn(t, s.Journal, "go") == 1
	})
}

// What the writer has taken counts as neither stored nor gone from the start, also while it
// waits for the store to erase another room's talk.
func TestTakenIsNotStored(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	alice := s.enter(t, "alice", aliceKey)
	eventually(t, "it is kept", func() bool { return s.Behind() == 0 })
	before := s.Stored(room.Lobby)
	w := &writer{Journal: s.Journal, from: s.house.Follow(), closed: map[string]uint64{}}
	s.from.Store(w.from)
	say(t, alice, "hello")
	if _, events := w.take(make([]*room.Event, 0, 9)); len(events) != 1 {
		t.Fatalf("it takes %d events", len(events))
	}
	if s.Stored(room.Lobby) != before || s.Behind() != 1 {
		t.Errorf("%d are stored, of %d before, and %d behind", s.Stored(room.Lobby), before, s.Behind())
	}
}
