package eventlog

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/testkit"
)

// A reader that goes to sleep is woken by a line that arrives before its last look, and by one that
// arrives after.
func TestSleeperIsRegisteredBeforeItLooks(t *testing.T) {
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
			t.Fatal("a line during its last look does not wake it")
		}
		<-s.Woken
		if s.Sleep(s.IsBehind) {
			t.Fatal("it sleeps although there is a line")
		}
		s.cursor.Store(l.Head())
		if !s.Sleep(s.IsBehind) {
			t.Fatal("it does not sleep although there is nothing to read")
		}
		if line(); len(s.Woken) != 1 {
			t.Fatal("a line does not wake it")
		}
		<-s.Woken
	}
}

// Whenever a line arrives while its reader goes to sleep, the reader wakes. The test makes the two
// coincide as often as possible: a line is appended just when the reader has read everything.
func TestNoLostWakeup(t *testing.T) {
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
			for range s.cursor.Load() % 256 { // slightly later each time
			}
		}
	})
	for range lines {
		l.Append(&event.Event{Kind: event.Said})
		l.Wake()
		for since := time.Now(); s.Lag() > 0; {
			for range 3000 { // on its own CPU
				if s.Lag() == 0 {
					break
				}
			}
			runtime.Gosched()
			if time.Since(since) > 10*time.Second {
				t.Fatalf("in round %d the reader sleeps although there is something to read", l.Head())
			}
		}
	}
	reading.Wait()
}
