package room

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"teahouse/internal/testkit"
)

// A reader that goes to sleep is woken by a line that comes before it has looked for one, and by a
// line that comes after.
func TestSleeperIsEnlistedBeforeItLooks(t *testing.T) {
	r := newRoom("x", 64, LobbyRingBytes, HistoryLimits{}, 1)
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
		s.cursor.Store(r.Head())
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
	r := newRoom("x", 64, LobbyRingBytes, HistoryLimits{}, 1)
	s := &logReader{room: r, wake: make(chan struct{}, 1)}
	s.cursor.Store(1)
	lines := testkit.Amount(uint64(40_000), 4_000)
	var reading sync.WaitGroup
	reading.Go(func() {
		for s.cursor.Load() <= lines {
			if s.sleep(s.isBehind) {
				<-s.wake
			}
			s.cursor.Store(r.Head())
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
				t.Fatalf("the reader sleeps, and there is something to read, in round %d", r.Head())
			}
		}
	}
	reading.Wait()
}

// What can be read in a view ends before the user's own departure, even if the writer loaded the
// room's head just after that.
func TestViewEndsBeforeOnesOwnLeaving(t *testing.T) {
	h := NewHub()
	alice, err := h.Enter(ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	if err != nil {
		t.Fatal(err)
	}
	before := alice.Room().head.Load()
	if got := alice.firstView.limitAt(before); got != before {
		t.Errorf("alice may read up to %d, not %d", got, before)
	}
	alice.Leave(Quit)
	if after := alice.Room().head.Load(); alice.firstView.limitAt(after) != before || alice.firstView.limitAt(before) != before {
		t.Errorf("alice, who left at %d, may read up to %d", before, alice.firstView.limitAt(after))
	}
}
