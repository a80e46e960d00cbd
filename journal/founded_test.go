package journal

import (
	"math"
	"testing"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// storedIn returns how many messages a room has in the store.
func storedIn(t *testing.T, j *Journal, name string) (n int) {
	t.Helper()
	err := j.store.Scan(testContext(t), layout.RoomStream, func(m layout.Message) error {
		if m.Subject == layout.RoomSubject(ids.Room(name)) {
			n++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

// storeLine stores a line as if it had been said in a room at a given time.
func storeLine(t *testing.T, j *Journal, name, text string, at time.Time) {
	t.Helper()
	r, _ := layout.NewStoredEvent(&room.Event{Seq: uint64(at.UnixNano()), Time: at, Kind: room.Said, User: &room.UserInfo{Name: "alice", Person: aliceKey}, Text: text}, j.identity)
	var b batch
	b.add(&r)
	if _, err := j.store.Publish(testContext(t), layout.RoomSubject(ids.Room(name)), b.id, b.data.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// roomRecord returns the record of a room created at a given time.
func roomRecord(founded time.Time) records.Record {
	return records.Record{Table: "rooms", Key: "go", Value: []byte(`{"name":"go","owner":"B","since":"` + founded.Format(time.RFC3339Nano) + `"}`)}
}

// What a process that died left of a closed room is erased by the next one, and shown to nobody,
// whether or not the room was created again.
func TestClosedRoomIsErasedAtStart(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for what, stored := range map[string][]records.Record{"closed": nil, "founded anew": {roomRecord(now.Add(-time.Minute))}} {
		c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
		s := openServer(t, c)
		storeLine(t, s.Journal, "go", "old secret", now.Add(-2*time.Hour))
		storeLine(t, s.Journal, "go", "new", now.Add(-time.Second))
		s.kill()

		j, err := Open(testContext(t), c)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close(testContext(t))
		h := room.New(room.Config{Messages: j, HistoryLimits: c.HistoryLimits})
		if err := h.Load(stored); err != nil {
			t.Fatal(err)
		}
		if err := j.loadHistory(testContext(t), h); err != nil {
			t.Fatal(err)
		}
		if n := storedIn(t, j, "go"); n != 1 { // another node may have just created it
			t.Errorf("%s: there are %d messages", what, n)
		}
	}
}

// A room is closed while the store is away: its history is erased once the store is back, and
// nothing said in the next room of that name.
func TestRoomIsClosedWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	learn := func(r records.Record) {
		if ok, err := s.hub.ApplyRemote(r, math.MaxUint64); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	visitor := room.ClientInfo{RequestedName: "bob", Fingerprint: "B", Address: "192.0.2.7", Room: "go"}
	learn(roomRecord(time.Now()))
	bob, _, err := s.hub.Exec(t.Context(), visitor)
	if err != nil {
		t.Fatal(err)
	}
	say(t, bob, "old")
	testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == 1 })
	bob.Leave(room.Quit)
	s.store.StopServer()
	learn(records.Record{Table: "rooms", Key: "go"})
	learn(roomRecord(time.Now()))
	bob, _, err = s.hub.Exec(t.Context(), visitor)
	if err != nil {
		t.Fatal(err)
	}
	say(t, bob, "new")
	testkit.Eventually(t, "the old talk is erased, the new one kept", func() bool {
		return s.Status().Stored == 2 && storedIn(t, s.Journal, "go") == 1
	})
}

// Events that the writer has taken never count as stored or lost, even while it waits for the store
// to erase another room.
func TestTakenIsNotStored(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	alice := s.join(t, "alice", aliceKey)
	testkit.Eventually(t, "it is kept", func() bool { return s.Pending() == 0 })
	before := s.StoredUpTo(room.Lobby)
	w := &writer{history: s.history, backfills: s.backfills, subscription: s.hub.Subscribe(), closedRooms: map[ids.Room]uint64{}}
	s.subscription.Store(w.subscription)
	say(t, alice, "hello")
	if _, events, _ := w.take(make([]*room.Event, 0, 9)); len(events) != 1 {
		t.Fatalf("the writer took %d events", len(events))
	}
	if s.StoredUpTo(room.Lobby) != before || s.Pending() != 1 {
		t.Errorf("%d are stored, %d before, with %d behind", s.StoredUpTo(room.Lobby), before, s.Pending())
	}
}
