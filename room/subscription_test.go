package room_test

import (
	"fmt"
	"sync"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A reader of all rooms, such as the journal, takes them in turn: a room where talk never stops
// does not keep lines of another from being stored.
func TestSubscriptionReadsRoomsInTurn(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	bob.HandleLine("/join tea", command.SlashSyntax)
	all := h.Subscribe()
	alice.HandleLine("one", 0)
	bob.HandleLine("quiet", 0)
	for n := 0; ; n++ {
		alice.HandleLine(fmt.Sprint(n), 0)
		room, events, _ := all.Take(make([]*room.Event, 0, 1))
		if room == "tea" {
			if roomtest.Words(events) != "bob: quiet" {
				t.Errorf("#tea has %q", roomtest.Words(events))
			}
			return
		}
		if n == 10 {
			t.Fatal("nothing of #tea is read")
		}
	}
}

// The journal must hurry when a ring is almost full of events that it has not taken. The headroom
// is that of the fullest room.
func TestSubscriptionHeadroom(t *testing.T) {
	const ring = 8
	h := room.NewSmallHub(room.Config{}, ring)
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	bob.HandleLine("/join tea", command.SlashSyntax)
	all := h.Subscribe()
	spare := func(want uint64) {
		t.Helper()
		if got := all.Headroom(); got != want {
			t.Errorf("the headroom is %d events, want %d", got, want)
		}
	}
	spare(ring)
	alice.HandleLine("one", 0)
	spare(ring - 1)
	for range 3 {
		bob.HandleLine("quiet", 0)
	}
	spare(ring - 3)
	for range 2 * ring {
		alice.HandleLine("more", 0)
	}
	spare(0)
	for _, events, _ := all.Take(make([]*room.Event, 0, ring)); len(events) > 0; _, events, _ = all.Take(events[:0]) {
	}
	spare(ring)
}

// Whatever a writer does while its user leaves, it reads the farewell last, and not that the user
// left: only others read that.
func TestWriterReadsToTheEnd(t *testing.T) {
	h := room.New(room.Config{})
	for range 1000 {
		s, err := roomtest.EnterHub(h, roomtest.At("alice", ""))
		if err != nil {
			t.Fatal(err)
		}
		var last room.Item
		var writing sync.WaitGroup
		begun := make(chan struct{})
		writing.Go(func() { // never sleeps
			close(begun)
			for buf := make([]room.Item, 0, 4); ; {
				news, err := s.Arm()
				if err != nil {
					return
				}
				if !news {
					continue
				}
				for _, e := range s.Take(buf) {
					if last = e; roomtest.EventOf(e).Kind == room.Left {
						t.Error("a user reads of their own leave")
					}
				}
			}
		})
		<-begun
		s.Leave(room.Idle)
		writing.Wait()
		if _, ok := last.(*room.Farewell); !ok {
			t.Fatalf("the last event was %+v", last)
		}
	}
}
