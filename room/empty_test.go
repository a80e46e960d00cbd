package room_test

import (
	"testing"

	"teahouse/room"
)

// empty checks that nothing is left of a hub's users.
func empty(t testing.TB, h *room.Hub) {
	t.Helper()
	st := h.Lock()
	defer st.Unlock()
	if n := len(st.Sessions) + len(st.Online.ByName) + len(st.Online.BySkeleton) + len(st.Online.ByPerson) + len(st.Online.ByAddress); n != 0 {
		t.Errorf("left in the hub: %d users, %d names, %d look-alike keys, %d people, %d addresses",
			len(st.Sessions), len(st.Online.ByName), len(st.Online.BySkeleton), len(st.Online.ByPerson), len(st.Online.ByAddress))
	}
	for prefix, n := range h.Addresses() {
		if n != 0 {
			t.Errorf("%d users are left from %s", n, prefix)
		}
	}
	for name, r := range st.Rooms.ByID {
		if n := r.Readers(); n != 0 {
			t.Errorf("%d readers are left in %s", n, name)
		}
	}
}
