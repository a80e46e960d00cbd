package eventlog

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/testkit"
)

// A reader that goes to sleep is woken by a line that arrives before its last look, and by one that
// arrives after.
func TestSleeperIsRegisteredBeforeItLooks(t *testing.T) {
	l := New(Config{Events: 64, Bytes: 1 << 20, First: 1})
	woken := make(WakeChan, 1)
	s := &Reader{Log: l, Waker: woken}
	s.cursor.Store(1)
	line := func() bool {
		l.Append(&event.Event{Kind: event.Said})
		l.Wake()
		return false
	}
	for range 3 {
		if s.Sleep(line); len(woken) != 1 {
			t.Fatal("a line during its last look does not wake it")
		}
		<-woken
		if s.Sleep(s.IsBehind) {
			t.Fatal("it sleeps although there is a line")
		}
		s.cursor.Store(l.Head())
		if !s.Sleep(s.IsBehind) {
			t.Fatal("it does not sleep although there is nothing to read")
		}
		if line(); len(woken) != 1 {
			t.Fatal("a line does not wake it")
		}
		<-woken
	}
}

// Whenever a line arrives while its reader goes to sleep, the reader wakes. The test makes the two
// coincide as often as possible: a line is appended just when the reader has read everything.
func TestNoLostWakeup(t *testing.T) {
	l := New(Config{Events: 64, Bytes: 1 << 20, First: 1})
	woken := make(WakeChan, 1)
	s := &Reader{Log: l, Waker: woken}
	s.cursor.Store(1)
	lines := testkit.Amount(uint64(40_000), 4_000)
	var reading sync.WaitGroup
	reading.Go(func() {
		for s.cursor.Load() <= lines {
			if s.Sleep(s.IsBehind) {
				<-woken
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

// While events gather, the reader isn't woken for each of them: only when there are enough in one
// room, or when the time is over.
func TestGather(t *testing.T) {
	const enough, delay = 5, time.Second
	for _, test := range []struct {
		events int // in each of two rooms, one every 10 ms
		want   time.Duration
	}{{2, delay}, {4, delay}, {5, 80 * time.Millisecond}, {9, 80 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			sub := NewSubscription(false)
			logs := []*Log{New(Config{Events: 64, Bytes: 1 << 20, First: 1}), New(Config{Events: 64, Bytes: 1 << 20, First: 1})}
			for _, l := range logs {
				sub.Add("", l)
			}
			go func() {
				for i := range 2 * test.events {
					logs[i%2].Append(&event.Event{Kind: event.Said})
					logs[i%2].Wake()
					time.Sleep(10 * time.Millisecond)
				}
			}()
			if err := sub.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if err := sub.Gather(t.Context(), enough, delay); err != nil || time.Since(start) != test.want {
				t.Errorf("%d events in each of two rooms are gathered for %v (error %v), want %v", test.events, time.Since(start), err, test.want)
			}
			if sub.Behind() != len(logs) {
				t.Errorf("%d rooms have events, want %d", sub.Behind(), len(logs))
			}
			time.Sleep(delay) // until the last event
			synctest.Wait()
		})
	}
}

// In a storm of joins readers are woken a few times a second, and less often the more there are.
func TestJoinsWakeManyReadersLessOften(t *testing.T) {
	for readers, want := range map[int64]int64{1: 41, 2_500: 41, 5_000: 21, 10_000: 11, 100_000: 11} {
		synctest.Test(t, func(t *testing.T) {
			l := New(Config{Events: 64, Bytes: 1 << 20, First: 1})
			l.AddReaders(readers)
			var woken atomic.Int64
			r := &Reader{Log: l}
			r.Waker = WakeFunc(func() {
				woken.Add(1)
				r.Enlist()
			})
			r.Enlist()
			for range 1000 {
				l.Append(&event.Event{Kind: event.Joined})
				l.WakeForJoinLeave()
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(2 * time.Second) // until the last join
			if got := woken.Load(); got < want-1 || got > want+1 {
				t.Errorf("during ten seconds of joins, each of %d readers is woken %d times, want %d", readers, got, want)
			}
		})
	}
}

// While a subscription gathers, again and again, all other readers go on being woken.
func TestGatheringDisturbsNobody(t *testing.T) {
	l := New(Config{Events: 1 << 10, Bytes: 1 << 20, First: 1})
	sub := NewSubscription(false)
	sub.Add("", l)
	var woken [8]int // by this goroutine, which alone appends
	for i := range woken {
		r := &Reader{Log: l}
		r.Waker = WakeFunc(func() {
			woken[i]++
			r.Enlist()
		})
		r.Enlist()
	}
	ctx, cancel := context.WithCancel(t.Context())
	var gathering sync.WaitGroup
	defer gathering.Wait()
	defer cancel()
	gathering.Go(func() {
		for buf := make([]*event.Event, 0, 1024); sub.Wait(ctx) == nil; sub.Take(buf) {
			_ = sub.Gather(ctx, 512, 20*time.Microsecond)
		}
	})
	for n := 1; n <= testkit.Amount(1_000_000, 100_000); n++ {
		l.Append(&event.Event{Kind: event.Said})
		l.Wake()
		for i := range woken {
			if woken[i] != n {
				t.Fatalf("reader %d was woken %d times by %d events", i, woken[i], n)
			}
		}
	}
}

// BenchmarkWake is what it costs to append an event and wake a reader.
func BenchmarkWake(b *testing.B) {
	for _, readers := range []int{1, 1000} {
		b.Run(fmt.Sprint(readers), func(b *testing.B) {
			l := New(Config{Events: 64, Bytes: 1 << 20, First: 1})
			all := make([]Reader, readers)
			for i := range all {
				all[i].Log, all[i].Waker = l, make(WakeChan, 1)
			}
			b.ReportAllocs()
			for b.Loop() {
				for i := range all {
					all[i].Enlist()
				}
				l.Append(&event.Event{Kind: event.Said})
				l.Wake()
			}
		})
	}
}
