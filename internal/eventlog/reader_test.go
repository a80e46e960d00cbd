package eventlog

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/testkit"
)

// A reader that goes to sleep is woken by a line that comes before it has looked for one, and by a
// line that comes after.
func TestSleeperIsEnlistedBeforeItLooks(t *testing.T) {
	l := New(Config{Events: 64, Bytes: 1 << 20, First: 1})
	s := &Reader{Log: l, Woken: make(chan struct{}, 1)}
	s.cursor.Store(1)
	line := func() bool {
		l.Append(&event.Event{Kind: event.Said})
		l.Wake()
		return false
	}
	for range 3 {
		if s.Sleep(line); len(s.Woken) != 1 {
			t.Fatal("a line as it looks does not wake it")
		}
		<-s.Woken
		if s.Sleep(s.IsBehind) {
			t.Fatal("it sleeps over a line")
		}
		s.cursor.Store(l.Head())
		if !s.Sleep(s.IsBehind) {
			t.Fatal("it does not sleep, and there is nothing to read")
		}
		if line(); len(s.Woken) != 1 {
			t.Fatal("a line does not wake it")
		}
		<-s.Woken
	}
}

// However a line and its reader's going to sleep fall together, the reader wakes. The two
// meet here as often as can be: what is appended comes just as the reader has read all.
func TestNobodySleepsOverALine(t *testing.T) {
	l := New(Config{Events: 64, Bytes: 1 << 20, First: 1})
	s := &Reader{Log: l, Woken: make(chan struct{}, 1)}
	s.cursor.Store(1)
	lines := testkit.Amount(uint64(40_000), 4_000)
	var reading sync.WaitGroup
	reading.Go(func() {
		for s.cursor.Load() <= lines {
			if s.Sleep(s.IsBehind) {
				<-s.Woken
			}
			s.cursor.Store(l.Head())
			for range s.cursor.Load() % 256 { // a little later each time
			}
		}
	})
	for range lines {
		l.Append(&event.Event{Kind: event.Said})
		l.Wake()
		for since := time.Now(); s.Lag() > 0; {
			for range 3000 { // on a processor of its own
				if s.Lag() == 0 {
					break
				}
			}
			runtime.Gosched()
			if time.Since(since) > 10*time.Second {
				t.Fatalf("the reader sleeps, and there is something to read, in round %d", l.Head())
			}
		}
	}
	reading.Wait()
}
