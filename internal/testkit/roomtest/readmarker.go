package roomtest

import (
	"testing"

	"teahouse/internal/command"
	"teahouse/room"
)

// Follow follows a room, and returns the messages that it missed.
func Follow(t testing.TB, h *room.Hub, ci room.ClientInfo, since ...string) (*command.Runner, []*room.Event) {
	t.Helper()
	s, _, err := ExecHub(h, ci)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Leave(room.Quit) })
	e, err := s.RunCommand(append([]string{"follow"}, since...))
	if err != nil {
		t.Fatal(err)
	}
	return s, MessagesOf(e)
}
