package room

import "testing"

// What can be read in a view ends before the user's own departure, even if the writer loaded the
// room's head just after that.
func TestViewEndsBeforeOnesOwnLeaving(t *testing.T) {
	h := NewHub()
	alice, err := h.Enter(ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	if err != nil {
		t.Fatal(err)
	}
	before := alice.Room().Head()
	if got := alice.firstView.limitAt(before); got != before {
		t.Errorf("alice may read up to %d, not %d", got, before)
	}
	alice.Leave(Quit)
	if after := alice.Room().Head(); alice.firstView.limitAt(after) != before || alice.firstView.limitAt(before) != before {
		t.Errorf("alice, who left at %d, may read up to %d", before, alice.firstView.limitAt(after))
	}
}
