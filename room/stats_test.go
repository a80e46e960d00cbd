package room_test

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Statistics show who is online by door, how far they lag behind, what happened and why people
// left, and no names.
func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Renames: 1}}})
		alice, err := roomtest.EnterHub(h, room.ClientInfo{RequestedName: "alice", Door: "ssh", Terminal: true, Fingerprint: "K"})
		if err != nil {
			t.Fatal(err)
		}
		bob, err := roomtest.EnterHub(h, room.ClientInfo{RequestedName: "bob", Door: "classic"})
		if err != nil {
			t.Fatal(err)
		}
		once, _, err := roomtest.ExecHub(h, room.ClientInfo{RequestedName: "who", Door: "ssh"})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := alice.Say("hello"); err != nil {
				t.Error(err)
			}
		}
		if _, err := bob.Rename("robert"); err != nil {
			t.Error(err)
		}
		if _, err := bob.Rename("bobby"); err == nil {
			t.Error("bob has a second new name within a minute")
		}
		bob.Take(make([]room.Item, 0, 2))
		c := h.Stats()
		if want := map[string]int{"ssh": 1, "classic": 1}; !maps.Equal(c.Sessions, want) || c.Rooms != 1 {
			t.Errorf("%v are online in %d rooms, want %v in 1", c.Sessions, c.Rooms, want)
		}
		if want := []uint64{3, 6}; !slices.Equal(c.Lag, want) { // bob entered second, and has read two
			t.Errorf("they are %d behind, want %d", c.Lag, want)
		}
		if want := map[room.EventKind]uint64{room.Joined: 2, room.Said: 3, room.Renamed: 1, room.Left: 0}; !maps.Equal(c.Events, want) {
			t.Errorf("events: %v, want %v", c.Events, want)
		}
		if want := map[string]uint64{"lines": 0, "address": 0, "lookups": 0, "flood_mute": 0, "renames": 1}; !maps.Equal(c.Refused, want) {
			t.Errorf("refused: %v, want %v", c.Refused, want)
		}

		once.Leave(room.Quit)
		bob.Leave(room.Slow)
		bob.Leave(room.Quit)
		if _, err := roomtest.EnterHub(h, room.ClientInfo{RequestedName: "alice", Door: "ssh", Terminal: true, Fingerprint: "K"}); err != nil {
			t.Fatal(err)
		}
		h.Close()
		c = h.Stats()
		if want := map[room.Departure]uint64{{Door: "classic", Reason: room.Slow}: 1, {Door: "ssh", Reason: room.TakenOver}: 1, {Door: "ssh", Reason: room.Stopping}: 1}; !maps.Equal(c.Departures, want) {
			t.Errorf("left: %v, want %v", c.Departures, want)
		}
		if len(c.Sessions) != 0 || len(c.Lag) != 0 || c.Events[room.Left] != 1 {
			t.Errorf("in the end: %+v", c)
		}
	})
}
