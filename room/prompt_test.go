package room_test

import (
	"testing"

	"teahouse/internal/eventlog"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// When the writer is woken because its user went to another room, the prompt that it draws shows
// that room, and counts no unread lines of it.
func TestWriterIsWokenForTheNewRoom(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}})
	var s *room.Session
	var shown string
	ci := roomtest.At("alice", "A")
	ci.Waker = eventlog.WakeFunc(func() {
		if s != nil {
			shown = s.RoomName()
			for _, unread := range s.Unread() {
				shown += " unread " + unread.Room
			}
		}
	})
	s, err := h.Enter(t.Context(), ci)
	if err != nil {
		t.Fatal(err)
	}
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, bob, "/join tea")
	for _, step := range []struct{ in, want string }{{"tea", "tea"}, {"lobby", "lobby"}, {"tea", "tea"}} {
		if err := s.Join(step.in); err != nil {
			t.Fatal(err)
		}
		if shown != step.want {
			t.Errorf("in #%s the prompt shows %q", step.in, shown)
		}
		bob.HandleLine("hello", 0) // unread where alice isn't
	}
}
