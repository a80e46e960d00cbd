package room_test

import (
	"testing"

	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Reading a line allocates nothing, with a key or without: it is done for each reader of each line.
func TestReadingAllocatesNothing(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	h := room.New(room.Config{})
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	for _, speaker := range []*room.Session{
		roomtest.Enter(t, h, roomtest.At("alice", "A")).Session, roomtest.Enter(t, h, roomtest.At("carol", "")).Session,
	} {
		const lines = 100
		for range lines + 1 { // AllocsPerRun calls once more
			if err := speaker.Say("hello"); err != nil {
				t.Fatal(err)
			}
		}
		buf := make([]room.Item, 0, 1)
		allocs := testing.AllocsPerRun(lines, func() {
			if got := bob.Take(buf); len(got) != 1 {
				t.Error("there is nothing to read")
			}
		})
		if allocs > 0 {
			t.Errorf("reading a line of %s makes %v allocations", speaker.UserInfo().Name, allocs)
		}
	}
}
