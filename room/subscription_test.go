package room

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"teahouse/internal/testkit"
)

// A reader of all rooms, such as the journal, takes them in turn: a room in which people never stop
// talking does not keep lines in another from being stored.
func TestSubscriptionReadsRoomsInTurn(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	bob.HandleLine("/join tea", SlashSyntax)
	all := h.Subscribe()
	alice.HandleLine("one", 0)
	bob.HandleLine("quiet", 0)
	for n := 0; ; n++ {
		alice.HandleLine(fmt.Sprint(n), 0)
		room, events, _ := all.Take(make([]*Event, 0, 1))
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
func TestSubscriptionHeadroom(t *testing.T) {
	const ring = 8
	h := newHub(ring)
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	bob.HandleLine("/join tea", SlashSyntax)
	all := h.Subscribe()
	spare := func(want uint64) {
		t.Helper()
		if got := all.Headroom(); got != want {
			t.Errorf("%d events are spare, not %d", got, want)
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
	for _, events, _ := all.Take(make([]*Event, 0, ring)); len(events) > 0; _, events, _ = all.Take(events[:0]) {
	}
	spare(ring)
}

// A reader that goes to sleep is woken by a line that comes before it has looked for one, and by a
// line that comes after.
func TestSleeperIsEnlistedBeforeItLooks(t *testing.T) {
	r := newRoom("x", 64, lobbyRingBytes, HistoryLimits{}, 1)
	s := &logReader{room: r, wake: make(chan struct{}, 1)}
	s.cursor.Store(1)
	line := func() bool {
		r.announce(&Event{Kind: Said})
		r.wake()
		return false
	}
	for range 3 {
		if s.sleep(line); len(s.wake) != 1 {
			t.Fatal("a line as it looks does not wake it")
		}
		<-s.wake
		if s.sleep(s.isBehind) {
			t.Fatal("it sleeps over a line")
		}
		s.cursor.Store(r.head.Load())
		if !s.sleep(s.isBehind) {
			t.Fatal("it does not sleep, and there is nothing to read")
		}
		if line(); len(s.wake) != 1 {
			t.Fatal("a line does not wake it")
		}
		<-s.wake
	}
}

// However a line and its reader's going to sleep fall together, the reader wakes. The two
// meet here as often as can be: what is appended comes just as the reader has read all.
func TestNobodySleepsOverALine(t *testing.T) {
	r := newRoom("x", 64, lobbyRingBytes, HistoryLimits{}, 1)
	s := &logReader{room: r, wake: make(chan struct{}, 1)}
	s.cursor.Store(1)
	lines := testkit.Amount(uint64(40_000), 4_000)
	var reading sync.WaitGroup
	reading.Go(func() {
		for s.cursor.Load() <= lines {
			if s.sleep(s.isBehind) {
				<-s.wake
			}
			s.cursor.Store(r.head.Load())
			for range s.cursor.Load() % 256 { // a little later each time
			}
		}
	})
	for range lines {
		r.announce(&Event{Kind: Said})
		r.wake()
		for since := time.Now(); s.lag() > 0; {
			for range 3000 { // on a processor of its own
				if s.lag() == 0 {
					break
				}
			}
			runtime.Gosched()
			if time.Since(since) > 10*time.Second {
				t.Fatalf("the reader sleeps, and there is something to read, in round %d", r.head.Load())
			}
		}
	}
	reading.Wait()
}

// What can be read in a view ends before the user's own departure, even if the writer loaded the
// room's head just after that.
func TestViewEndsBeforeOnesOwnLeaving(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	before := alice.room().head.Load()
	if got := alice.firstView.limitAt(before); got != before {
		t.Errorf("alice may read up to %d, not %d", got, before)
	}
	alice.Leave(Quit)
	if after := alice.room().head.Load(); alice.firstView.limitAt(after) != before || alice.firstView.limitAt(before) != before {
		t.Errorf("alice, who left at %d, may read up to %d", before, alice.firstView.limitAt(after))
	}
}

// Whatever a writer does as its user leaves, it reads the farewell last, and does not
// read that the user left: the others do.
func TestWriterReadsToTheEnd(t *testing.T) {
	h := NewHub()
	for range 1000 {
		s, err := h.Enter(at("alice", ""))
		if err != nil {
			t.Fatal(err)
		}
		var last Item
		var writing sync.WaitGroup
		begun := make(chan struct{})
		writing.Go(func() { // never sleeps
			close(begun)
			for buf := make([]Item, 0, 4); ; {
				news, err := s.Arm()
				if err != nil {
					return
				}
				if !news {
					continue
				}
				for _, e := range s.Take(buf) {
					if last = e; eventOf(e).Kind == Left {
						t.Error("who leaves reads of it")
					}
				}
			}
		})
		<-begun
		s.Leave(Idle)
		writing.Wait()
		if _, ok := last.(*Farewell); !ok {
			t.Fatalf("the last thing to read was %+v", last)
		}
	}
}
