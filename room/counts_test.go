package room

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
)

// Who watches a house sees who is here, how far behind they are, what happened and
// why people left, and nobody's name.
func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		h.Limits = Limits{Renames: 1}
		alice, err := h.Enter(Visitor{Name: "alice", Door: "ssh", Terminal: true, Key: "K"})
		if err != nil {
			t.Fatal(err)
		}
		bob, err := h.Enter(Visitor{Name: "bob", Door: "classic"})
		if err != nil {
			t.Fatal(err)
		}
		once, _, err := h.Visit(Visitor{Name: "who", Door: "ssh"})
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
		bob.Take(make([]*Event, 0, 2))
		c := h.Counts()
		if want := map[string]int{"ssh": 1, "classic": 1}; !maps.Equal(c.Users, want) || c.Rooms != 1 {
			t.Errorf("%v are here in %d rooms, want %v in 1", c.Users, c.Rooms, want)
		}
		if want := []uint64{3, 6}; !slices.Equal(c.Behind, want) { // bob came second, and has read two
			t.Errorf("they are %d behind, want %d", c.Behind, want)
		}
		if want := map[Kind]uint64{Joined: 2, Said: 3, Renamed: 1, Left: 0}; !maps.Equal(c.Happened, want) {
			t.Errorf("happened: %v, want %v", c.Happened, want)
		}
		if want := map[string]uint64{"lines": 0, "source": 0, "reading": 0, "hushed": 0, "renames": 1}; !maps.Equal(c.Refused, want) {
			t.Errorf("refused: %v, want %v", c.Refused, want)
		}

		once.Leave(Quit)
		bob.Leave(Slow)
		bob.Leave(Quit)
		if _, err := h.Enter(Visitor{Name: "alice", Door: "ssh", Terminal: true, Key: "K"}); err != nil {
			t.Fatal(err)
		}
		h.Close()
		c = h.Counts()
		if want := map[Departure]uint64{{"classic", Slow}: 1, {"ssh", TakenOver}: 1, {"ssh", Stopping}: 1}; !maps.Equal(c.Left, want) {
			t.Errorf("left: %v, want %v", c.Left, want)
		}
		if len(c.Users) != 0 || len(c.Behind) != 0 || c.Happened[Left] != 1 {
			t.Errorf("in the end: %+v", c)
		}
	})
}
