package room

import (
	"context"
	"sync/atomic"
)

// A reader is a place in a room's conversation, and what is to happen when the
// conversation goes on from there. One goroutine reads with it.
type reader struct {
	room        *Room
	cursor      uint64        // the next event to read
	onWake      func()        // as in Visitor; nil where wake is used
	wake        chan struct{} // capacity 1: there may be something to read
	nextSleeper *reader
	asleep      atomic.Bool // in the room's list of sleepers
}

func (s *reader) signal() {
	if s.onWake != nil {
		s.onWake()
		return
	}
	select {
	case s.wake <- struct{}{}:
	default: // it is going to look anyway
	}
}

// sleep enters s among those that the next event wakes. It reports false where
// there is an event past its cursor already.
func (s *reader) sleep() (ok bool) {
	// A reader that something else woke may still be in the list, or in one that
	// is being woken at this moment: then it is going to be signalled.
	if !s.asleep.Load() {
		s.asleep.Store(true)
		for {
			s.nextSleeper = s.room.sleepers.Load()
			if s.room.sleepers.CompareAndSwap(s.nextSleeper, s) {
				break
			}
		}
	}
	// In this order: who appends after this looks at the list later still.
	return s.room.head.Load() <= s.cursor
}

// A Follower reads a room's conversation as it goes on, without being anybody
// there. It has no time limit: where it falls off the ring it reads a [Missed]
// event, with the number of events as its argument, and goes on. One goroutine
// may use it.
type Follower struct{ reader }

// Follow returns a Follower of a room, from now on.
func (h *House) Follow(room string) *Follower {
	h.mu.Lock()
	r := h.roomLocked(room)
	h.mu.Unlock()
	return &Follower{reader{room: r, cursor: r.head.Load(), wake: make(chan struct{}, 1)}}
}

// Wait waits until there is something to take, or ctx is done, whose error it
// returns.
func (f *Follower) Wait(ctx context.Context) error {
	for f.sleep() {
		select {
		case <-f.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Take appends to buf what has happened since the last Take, up to buf's
// capacity or some 64 KiB of text. It does not wait.
func (f *Follower) Take(buf []*Event) []*Event {
	buf, f.cursor = f.room.read(buf, f.cursor, f.room.head.Load())
	return buf
}

// Behind returns how many events there are to take.
func (f *Follower) Behind() uint64 { return f.room.head.Load() - f.cursor }
