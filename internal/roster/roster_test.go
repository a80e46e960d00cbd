package roster

import (
	"math/rand/v2"
	"testing"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/internal/names"
)

// Whatever users come, go, and take names in whichever order, a roster finds each by its name, its
// person and its address, and finds nobody who has gone.
func TestRosterFindsWhoIsOnline(t *testing.T) {
	spellings := []string{"ada", "bob", "小明", "b0b", "BOB", "ad.a"}
	rng := rand.New(rand.NewPCG(1, 2))
	r := New[*user]()
	var here []*user
	for n := range 2000 {
		switch id, err := names.Check(spellings[rng.IntN(len(spellings))]); {
		case err != nil:
			t.Fatal(err)
		case rng.IntN(3) == 0 && len(here) > 0:
			i := rng.IntN(len(here))
			r.Remove(here[i])
			here = append(here[:i], here[i+1:]...)
		case r.Holder(id, nil) == nil:
			u := &user{}
			u.Identity = id
			u.SetInfo(&event.UserInfo{SessionID: uint64(n), Name: string(id.Key), Person: ids.Account([]string{"", string("key of " + id.Key)}[rng.IntN(2)])})
			r.Add(u)
			here = append(here, u)
		}
		if len(r.ByName) != len(here) || len(r.Sorted) != len(here) {
			t.Fatalf("%d users are online, and the roster has %d by name, %d sorted", len(here), len(r.ByName), len(r.Sorted))
		}
		for _, u := range here {
			if r.ByName[u.Identity.Key] != u || r.Holder(u.Identity, nil) != u || r.AsOf(u.Info()) != u {
				t.Fatalf("%s is online, and not found", u.Identity.Key)
			}
		}
	}
	for _, u := range here {
		r.Remove(u)
	}
	if n := len(r.ByName) + len(r.BySkeleton) + len(r.ByPerson) + len(r.ByAddress) + len(r.Sorted); n != 0 {
		t.Errorf("nobody is online, and the roster has %d entries", n)
	}
}

// The name of somebody whose node doesn't answer is kept for that person, and free after a while.
func TestRosterHoldsNames(t *testing.T) {
	r := New[*user]()
	id, _ := names.Check("ada")
	alike, _ := names.Check("Ada")
	u := &user{}
	u.Identity = id
	u.SetInfo(&event.UserInfo{Name: "ada", Person: "A"})
	r.Hold(u, time.Hour)
	if !r.IsHeld(id, "") || !r.IsHeld(alike, "B") || r.IsHeld(id, "A") {
		t.Error("ada is not held for A alone")
	}
	r.Hold(u, -time.Second)
	if r.IsHeld(id, "") {
		t.Error("ada is still held")
	}
}

// A user is somebody in a roster, and nothing else.
type user struct{ Entry }
