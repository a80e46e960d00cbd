package eventlog

import (
	"sync/atomic"
)

// A Waker is told when there may be something to read. Wake is called from any goroutine, possibly
// under locks, and must not block.
type Waker interface{ Wake() }

// A WakeChan is a [Waker] that sends to a channel of capacity 1, unless it is full.
type WakeChan chan struct{}

// Wake implements [Waker].
func (c WakeChan) Wake() {
	select {
	case c <- struct{}{}:
	default: // a signal is already pending
	}
}

// A WakeFunc is a function as a [Waker].
type WakeFunc func()

// Wake implements [Waker].
func (f WakeFunc) Wake() { f() }

// A Reader is a position in a log, and a way to be woken by the next event. One goroutine reads
// with it, but the [Waker] may call Enlist, too. Set Log and Waker before the first use.
type Reader struct {
	Log   *Log
	Waker Waker

	cursor      atomic.Uint64 // the next event to read; only the reading goroutine moves it
	nextSleeper *Reader
	asleep      atomic.Bool // in the log's list of sleepers, or being woken
}

// Cursor returns the sequence number of the next event to read. Any goroutine may call it.
func (r *Reader) Cursor() uint64 { return r.cursor.Load() }

// SetCursor makes r go on with the event that has the given sequence number.
func (r *Reader) SetCursor(seq uint64) { r.cursor.Store(seq) }

// Sleep makes the next event wake r. It returns false if look finds something to read already.
// The order matters: look runs after r is in the list of sleepers, so an event that look misses
// will wake r.
func (r *Reader) Sleep(look func() (news bool)) (ok bool) {
	r.Enlist()
	return !look()
}

// Enlist adds r to the readers that the next event wakes. Any goroutine may call it. If another one
// does at the same time, r may not be in the list yet when Enlist returns.
func (r *Reader) Enlist() {
	// A reader that was woken by something else may still be in the list, or in one that is being
	// woken right now. Either way it will be woken.
	if r.asleep.Load() || !r.asleep.CompareAndSwap(false, true) {
		return
	}
	for {
		r.nextSleeper = r.Log.sleepers.Load()
		if r.Log.sleepers.CompareAndSwap(r.nextSleeper, r) {
			return
		}
	}
}

// IsBehind reports whether there is an event past r's cursor.
func (r *Reader) IsBehind() bool { return r.Lag() > 0 }

// Lag returns how many events there are past r's cursor. Any goroutine may call it.
func (r *Reader) Lag() uint64 {
	cursor := r.cursor.Load() // loaded first, so that head cannot be behind it
	return r.Log.head.Load() - cursor
}
