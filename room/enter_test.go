package room

import "testing"

// enter brings somebody in and sees to it that they leave.
func enter(t testing.TB, h *Hub, name string) *Session {
	t.Helper()
	s, err := h.Enter(ClientInfo{RequestedName: name})
	if err != nil {
		t.Fatalf("%q cannot enter: %v", name, err)
	}
	t.Cleanup(func() { s.Leave(Quit) })
	return s
}
