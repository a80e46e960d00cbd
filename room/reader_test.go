package room

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
)

// Who reads all rooms, as the journal does, reads each of them in its turn: one where
// people talk without end does not keep what was said in another from being stored.
func TestFollowersReadRoomsInTurn(t *testing.T) {
	h := NewHouse()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	bob.Line("/join tea", Slashed)
	all := h.Follow()
	alice.Line("one", 0)
	bob.Line("quiet", 0)
	for n := 0; ; n++ {
		alice.Line(fmt.Sprint(n), 0)
		room, events := all.Take(make([]*Event, 0, 1))
		if room == "tea" {
			if words(events) != "bob: quiet" {
				t.Errorf("from #tea comes %q", words(events))
			}
			return
		}
		if n == 10 {
			t.Fatal("of #tea nothing is read")
		}
	}
}

// The journal waits where a ring is about to be full of what it has not taken. How much
// room there is it knows of the room in which there is least.
func TestFollowersKnowWhatIsSpare(t *testing.T) {
	const ring = 8
	h := newHouse(ring)
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	bob.Line("/join tea", Slashed)
	all := h.Follow()
	spare := func(want uint64) {
		t.Helper()
		if got := all.Spare(); got != want {
			t.Errorf("%d events are spare, not %d", got, want)
		}
	}
	spare(ring)
	alice.Line("one", 0)
	spare(ring - 1)
	for range 3 {
		bob.Line("quiet", 0)
	}
	spare(ring - 3)
	for range 2 * ring {
		alice.Line("more", 0)
	}
	spare(0)
	for _, events := all.Take(make([]*Event, 0, ring)); len(events) > 0; _, events = all.Take(events[:0]) {
	}
	spare(ring)
}

// However a line and its reader's going to sleep fall together, the reader wakes. Two who
// answer each other at once come to a stop where it does not, which the bubble notices.
func TestNobodySleepsOverALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
		var talk sync.WaitGroup
		for _, u := range []*User{alice, bob} {
			talk.Go(func() {
				buf := make([]*Event, 0, 4)
				for u.Wait() == nil {
					for _, e := range u.Take(buf) {
						if e.Kind == Said && e.Who != u.Who() {
							_ = u.Say("your turn")
						}
					}
					if u.here().said.Load() > 50_000 {
						h.Close()
					}
				}
			})
		}
		_ = alice.Say("your turn")
		talk.Wait()
	})
}

// Whatever a writer does as its user leaves, it reads the farewell last, and does not
// read that the user left: the others do.
func TestWriterReadsToTheEnd(t *testing.T) {
	h := NewHouse()
	for range 3000 {
		u := enter(t, h, at("alice", ""))
		var last *Event
		done := make(chan struct{})
		go func() { // never sleeps
			defer close(done)
			for buf := make([]*Event, 0, 4); ; {
				news, err := u.Rest()
				if err != nil {
					return
				}
				if !news {
					continue
				}
				for _, e := range u.Take(buf) {
					if last = e; e.Kind == Left && e.Who.ID == u.Who().ID {
						t.Error("who leaves reads of it")
					}
				}
			}
		}()
		u.Leave(Idle)
		<-done
		if last == nil || last.Kind != Farewell {
			t.Fatalf("the last thing to read was %+v", last)
		}
	}
}
