package journal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"teahouse/internal/peers"
	"teahouse/room"
)

// All streams are deleted while lines of another process are on their way to them. A node that
// heard the lines late, and dated them so, restores them under their own identity: they are
// there once, even after their own process, or another on its behalf, has stored them, too. A
// further loss gives the same result.
func TestLinesOfAnotherProcessAreStoredAgain(t *testing.T) {
	t.Parallel()
	url := startRemoteServer(t, t.TempDir(), -1).ClientURL()
	k := startMonitored(t, Config{URL: url})
	k.run(t, "mine")
	ada := peers.NewSet(k.hub).Add("away", nil)
	ada.StartProcess("away.1", nil)
	said := time.Now().Add(-20 * time.Second).Truncate(time.Millisecond)
	lines := func() (all []*room.Event) {
		for i := range 3 {
			all = append(all, &room.Event{Seq: uint64(i + 7), Time: said, Kind: room.Said, User: &room.UserInfo{Name: "ada"}, Text: fmt.Sprint("line ", i)})
		}
		return all
	}
	for _, e := range lines() {
		e.Origin = &room.Origin{Process: "away.1", Seq: e.Seq, Time: e.Time}
		e.Time = time.Now()
		ada.Receive(room.Lobby, e)
	}
	k.checkStreams(t)
	want := []string{"line 0", "line 1", "line 2", "mine"}
	for range 2 {
		for _, s := range k.store.WantedStreams() {
			if err := k.store.JS.DeleteStream(testContext(t), s.Name); err != nil {
				t.Fatal(err)
			}
		}
		k.checkStreams(t)
		if _, err := k.Backfill(testContext(t), "away.1", room.Lobby, lines()); err != nil {
			t.Fatal(err)
		}
		k.closeStored(t)
		k = startMonitored(t, Config{URL: url})
		k.checkStreams(t)
		if got := textsOf(k.said); !slices.Equal(got, want) {
			t.Errorf("the messages are %q, not %q", got, want)
		}
	}
}
