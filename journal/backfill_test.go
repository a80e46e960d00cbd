package journal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// saidOnPeer returns lines of alice's that another process numbered.
func saidOnPeer(at time.Time, seqs ...uint64) (events []*room.Event) {
	for _, seq := range seqs {
		events = append(events, &room.Event{
			Seq: seq, Time: at.Add(time.Duration(seq)), Kind: room.Said, User: &room.UserInfo{Name: "alice", Person: aliceKey}, Text: fmt.Sprint("line ", seq),
		})
	}
	return events
}

// Another node stores some of this node's events before this one does. Events that both store
// are there once, in order, and nothing that this node stores is dropped, though its first
// message begins with the same line.
func TestBackfilledAndStored(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	c := Config{Dir: t.TempDir(), URL: away.ClientURL(), HistoryLimits: wideLimits}
	own, other := openServer(t, c), openServer(t, Config{Dir: t.TempDir(), URL: away.ClientURL(), HistoryLimits: wideLimits})
	_, identity := own.Identity()
	at := time.Now()
	for _, heard := range [][]uint64{{1, 2}, {1, 2, 3}} {
		if last, err := other.Backfill(testContext(t), identity, room.Lobby, saidOnPeer(at, heard...)); err != nil || last == 0 {
			t.Fatal(last, err)
		}
	}
	for _, b := range makeBatches(saidOnPeer(at, 1, 2, 3, 4), identity) {
		if err := own.history.storeBatch(testContext(t), room.Lobby, b); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"line 1", "line 2", "line 3", "line 4"}
	if got := textsOf(openServer(t, c).said); !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
	exported, err := own.Export(t.Context(), aliceKey)
	if err != nil || len(exported) != len(want) {
		t.Errorf("exported %d lines, %v", len(exported), err)
	}
}

// Events of a forgotten user are not backfilled, at whichever node they happened; if that node
// has died, the rest is erased, too.
func TestBackfilledAndForgotten(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	c := Config{Dir: t.TempDir(), URL: away.ClientURL(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	at := time.Now()
	save := func(events ...*room.Event) {
		if _, err := s.Backfill(testContext(t), "gone.1", room.Lobby, events); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() (n int) {
		if err := s.store.Scan(testContext(t), layout.RoomStream, func(m layout.Message) error {
			records, err := layout.DecodeStoredEvents(m.Data)
			for _, r := range records {
				if r.Kind == "said" {
					n++
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	save(saidOnPeer(at, 1)...)
	save(&room.Event{Seq: 2, Time: at.Add(time.Second), Kind: room.Forgot, User: &room.UserInfo{Person: aliceKey}})
	testkit.Eventually(t, "it is erased", func() bool { return kept() == 0 })
	save(saidOnPeer(at, 3)...)
	other := openServer(t, Config{Dir: t.TempDir(), URL: away.ClientURL(), HistoryLimits: wideLimits})
	later := at.Add(time.Minute)
	if _, err := other.Backfill(testContext(t), "gone.2", room.Lobby, []*room.Event{{Seq: 1, Time: later, Kind: room.Forgot, User: &room.UserInfo{Person: aliceKey}}}); err != nil {
		t.Fatal(err)
	}
	s.BackfillAtClose("gone.1", 0, map[ids.Room][]*room.Event{ids.Room(string(room.Lobby)): saidOnPeer(later.Add(-time.Second), 4)})
	s.closeStored(t)
	s = other
	if n := kept(); n > 0 {
		t.Errorf("%d lines are back", n)
	}
}

// A journal closes with events of another node that may not be stored yet: missing ones are
// stored first, and count as pending until then.
func TestBackfilledAtClose(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	c := Config{Dir: t.TempDir(), URL: away.ClientURL(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	at := time.Now()
	last, err := s.Backfill(testContext(t), "gone.1", room.Lobby, saidOnPeer(at, 1))
	if err != nil {
		t.Fatal(err)
	}
	s.BackfillAtClose("gone.1", last-1, map[ids.Room][]*room.Event{ids.Room(string(room.Lobby)): saidOnPeer(at, 1, 2)})
	if n := s.Status().Pending; n != 2 {
		t.Errorf("%d may be pending", n)
	}
	s.closeStored(t)
	if n := s.Status(); n.Pending != 0 || n.Stored != 2 {
		t.Errorf("%d are stored, and %d are pending", n.Stored, n.Pending)
	}
	if got := textsOf(openServer(t, c).said); !slices.Equal(got, []string{"line 1", "line 2"}) {
		t.Errorf("found %q", got)
	}
}
