package sshd

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/transport"
)

// newTestWriter returns a writer that waits to be woken and calls write for each flush.
func newTestWriter(p *writerPool, write func() (more, over bool)) *terminalWriter {
	w := newTerminalWriter(flushFunc(write), p)
	w.state.Store(asleep)
	return &w
}

// A flushFunc is a function as a flusher.
type flushFunc func() (more, over bool)

func (f flushFunc) flush(*transport.Batch) (more, over bool) { return f() }

// However many goroutines wake terminals, a terminal is written to by one goroutine at a time, and
// what was there when it was woken is written.
func TestWriterPool(t *testing.T) {
	t.Parallel()
	var p writerPool
	const terminals, wakers, wakes = 300, 4, 5000
	var posted, written [terminals]atomic.Int64
	var writers [terminals]*terminalWriter
	for i := range writers {
		var busy atomic.Bool
		writers[i] = newTestWriter(&p, func() (more, over bool) {
			if !busy.CompareAndSwap(false, true) {
				t.Error("two goroutines write to one terminal")
			}
			defer busy.Store(false)
			n := posted[i].Load()
			more = n > written[i].Load()+1 && rand.IntN(3) == 0 // sometimes not everything at once
			if more {
				n--
			}
			written[i].Store(n)
			return more, false
		})
	}
	var all sync.WaitGroup
	for range wakers {
		all.Go(func() {
			for range wakes {
				i := rand.IntN(terminals)
				posted[i].Add(1)
				writers[i].Wake()
			}
		})
	}
	all.Wait()
	for slices.ContainsFunc(writers[:], func(w *terminalWriter) bool { return w.state.Load() != asleep }) {
		runtime.Gosched()
	}
	for i := range writers {
		if posted[i].Load() != written[i].Load() {
			t.Errorf("terminal %d: %d lines of %d were written", i, written[i].Load(), posted[i].Load())
		}
	}
}

// However many clients do not read, or read slowly, or now and then, others wait for some ten
// milliseconds, and once the terminals are known to be slow, for nothing.
func TestSlowWritesKeepNobodyWaiting(t *testing.T) {
	const second = time.Second
	for _, test := range []struct {
		what         string
		writes       func(n int) time.Duration // how long the n-th write takes
		first, later time.Duration             // how long others may wait
	}{
		{"do not read", func(int) time.Duration { return 30 * second }, 100 * time.Millisecond, 0},
		{"read now and then", func(n int) time.Duration { return time.Duration(n%2) * second }, 100 * time.Millisecond, 0},
		{"take 4.9 ms", func(int) time.Duration { return 4900 * time.Microsecond }, 100 * time.Millisecond, 0},
		{"take 1.9 ms", func(int) time.Duration { return slowAfter - 100*time.Microsecond }, 70 * time.Millisecond, 70 * time.Millisecond},
		{"take 1 ms", func(int) time.Duration { return time.Millisecond }, 50 * time.Millisecond, 50 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			var p writerPool
			var all []*terminalWriter
			for range 500 {
				n := 0
				all = append(all, newTestWriter(&p, func() (more, over bool) {
					n++
					time.Sleep(test.writes(n))
					return false, false
				}))
			}
			var written time.Time
			other := newTestWriter(&p, func() (more, over bool) {
				written = time.Now()
				return false, false
			})
			for line := range 10 {
				start, most := time.Now(), test.first
				if line > 2 {
					most = test.later
				}
				for _, w := range append(all, other) {
					w.Wake()
				}
				time.Sleep(2 * second)
				synctest.Wait()
				if took := written.Sub(start); took < 0 || took > most {
					t.Errorf("500 clients %s: line %d reaches another after %v, want %v at most", test.what, line, took, most)
				}
			}
			time.Sleep(time.Minute)
		})
	}
}

// However many terminals wait, a few workers write to them as long as each write is quick.
func TestManyTerminalsNeedFewWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p writerPool
		var all []*terminalWriter
		var writing, most atomic.Int64
		for range 10_000 {
			all = append(all, newTestWriter(&p, func() (more, over bool) {
				most.Store(max(most.Load(), writing.Add(1)))
				time.Sleep(25 * time.Microsecond)
				writing.Add(-1)
				return false, false
			}))
		}
		for range 3 {
			for _, w := range all {
				w.Wake()
			}
			time.Sleep(time.Second)
		}
		if want := int64(runtime.GOMAXPROCS(0)); most.Load() > want {
			t.Errorf("%d workers write at a time, want %d", most.Load(), want)
		}
	})
}

// On a machine that is too busy, more workers would not help, and there are no more than some.
func TestBusyMachineGetsFewWorkers(t *testing.T) {
	spin := func(d time.Duration) {
		for start := time.Now(); time.Since(start) < d; {
		}
	}
	var stop atomic.Bool
	var hogs sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		hogs.Go(func() {
			for !stop.Load() {
				spin(time.Millisecond)
			}
		})
	}
	var p writerPool
	var most, lines atomic.Int64
	var all []*terminalWriter
	for range 10_000 {
		all = append(all, newTestWriter(&p, func() (more, over bool) {
			spin(30 * time.Microsecond)
			p.mu.Lock()
			defer p.mu.Unlock()
			most.Store(max(most.Load(), int64(len(p.workers))))
			lines.Add(1)
			return lines.Load() < 30_000, false
		}))
	}
	for _, w := range all {
		w.Wake()
	}
	for lines.Load() < 30_000 {
		runtime.Gosched()
	}
	stop.Store(true)
	hogs.Wait()
	if most.Load() > 200 {
		t.Errorf("there are %d workers", most.Load())
	}
}

// A few clients among many that take almost long enough to be slow delay the others for some tens of
// milliseconds.
func TestAlmostSlowClientsDelayNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p writerPool
		var all []*terminalWriter
		for i := range 10_000 {
			all = append(all, newTestWriter(&p, func() (more, over bool) {
				if i%17 == 16 {
					time.Sleep(slowAfter - 100*time.Microsecond)
				}
				return false, false
			}))
		}
		var written time.Time
		all = append(all, newTestWriter(&p, func() (more, over bool) {
			written = time.Now()
			return false, false
		}))
		for range 5 {
			start := time.Now()
			for _, w := range all {
				w.Wake()
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if waited := written.Sub(start); waited < 0 || waited > 100*time.Millisecond {
				t.Errorf("a quick terminal waits for %v", waited)
			}
		}
	})
}

// A terminal whose client reads quickly again is no longer slow.
func TestSlowTerminalBecomesQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p writerPool
		takes := 2 * slowAfter
		w := newTestWriter(&p, func() (more, over bool) {
			time.Sleep(takes)
			return false, false
		})
		for n := range 2 + quickAgain {
			if slow := w.slow.Load(); slow != (n > 0) {
				t.Errorf("after %d writes the terminal is slow: %t", n, slow)
			}
			w.Wake()
			time.Sleep(time.Second)
			synctest.Wait()
			takes = 0
		}
		if w.slow.Load() {
			t.Errorf("after %d quick writes the terminal is slow", 1+quickAgain)
		}
	})
}

// A terminal is not slow because a single write took long: its thread may have had to wait.
func TestOneSlowWriteIsForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p writerPool
		var takes time.Duration
		w := newTestWriter(&p, func() (more, over bool) {
			time.Sleep(takes)
			return false, false
		})
		write := func(times int, d time.Duration) {
			takes = d
			for range times {
				w.Wake()
				time.Sleep(time.Second)
				synctest.Wait()
			}
		}
		for range 3 {
			write(quickAgain, 0)
			if write(1, slowAfter); w.slow.Load() {
				t.Fatalf("the terminal is slow after %d quick writes and a slow one", quickAgain)
			}
		}
		write(quickAgain, 0)
		if write(1, stuckAfter); !w.slow.Load() {
			t.Errorf("the terminal is not slow after a write that took %v", stuckAfter)
		}
		write(quickAgain+2, 0)
		write(1, slowAfter)
		write(quickAgain-1, 0)
		if write(1, slowAfter); !w.slow.Load() {
			t.Errorf("the terminal is not slow after two slow writes with %d quick ones between", quickAgain-1)
		}
	})
}

// A queue that is never empty does not grow.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p writerPool
		left := 100_000
		for range 3 { // one is written to while two are ready
			newTestWriter(&p, func() (more, over bool) {
				left--
				return left > 0, false
			}).Wake()
		}
		synctest.Wait()
		if p.mu.Lock(); cap(p.ready) > 64 {
			t.Errorf("the queue of three terminals has space for %d", cap(p.ready))
		}
		p.mu.Unlock()
	})
}

// Whatever is typed appears, also what is typed while the row is being drawn.
func TestTypedTextAppears(t *testing.T) {
	h := startServer(t, nil)
	alice := startSession(t, h.dial(t, "alice"), true)
	for range 500 {
		for _, key := range "tea!" {
			alice.send(string(key))
		}
		alice.expectOutput("!")
		alice.send("\x15") // deletes the line
	}
}

// When everything is written, the pool has no goroutine and nothing to wake up for.
func TestIdleWriterPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p writerPool
		for range 3 {
			newTestWriter(&p, func() (more, over bool) { return false, false }).Wake()
			synctest.Wait()
			time.Sleep(2 * stuckAfter)
		}
		start := time.Now()
		if p.mu.Lock(); len(p.workers) > 0 || p.checks.Stop() {
			t.Errorf("there are %d workers, or they are looked after, %v after the last write", len(p.workers), time.Since(start))
		}
		p.mu.Unlock()
	})
}

// A worker that returns late, after others have taken its place, ends.
func TestStuckWorkerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p writerPool
		w := newTestWriter(&p, func() (more, over bool) {
			time.Sleep(time.Second)
			return false, true
		})
		w.Wake()
		<-w.done
		synctest.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.workers) > 0 {
			t.Error("it counts as a worker")
		}
	})
}

// BenchmarkWriterPool is what it costs to wake a terminal and to find it a worker.
func BenchmarkWriterPool(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var p writerPool
			var left atomic.Int64
			done := make(chan struct{}, 1)
			var all []*terminalWriter
			for range n {
				all = append(all, newTestWriter(&p, func() (more, over bool) {
					if left.Add(-1) == 0 {
						done <- struct{}{}
					}
					return false, false
				}))
			}
			b.ReportAllocs()
			for b.Loop() {
				left.Store(int64(n))
				for _, w := range all {
					for w.state.Load() != asleep {
						runtime.Gosched()
					}
					w.Wake()
				}
				<-done
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/terminal")
		})
	}
}
