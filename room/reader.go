package room

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
)

// A reader is a place in a room's conversation, and what is to happen when the
// conversation goes on from there. One goroutine reads with it.
type reader struct {
	room        *Room
	cursor      atomic.Uint64 // the next event to read; only who reads moves it
	onWake      func()        // as in Visitor; nil where wake is used
	wake        chan struct{} // capacity 1: there may be something to read
	nextSleeper *reader
	asleep      atomic.Bool // in the room's list of sleepers
}

func (s *reader) signal() { signal(s.onWake, s.wake) }

func signal(onWake func(), wake chan struct{}) {
	if onWake != nil {
		onWake()
		return
	}
	select {
	case wake <- struct{}{}:
	default: // it is going to look anyway
	}
}

// sleep has s signalled by the next event. It reports false where look finds something
// to read already. Only then does it look: who appends after that looks at the list of
// sleepers later still.
func (s *reader) sleep(look func() (news bool)) (ok bool) {
	s.enlist()
	return !look()
}

// enlist enters s among those that the next event wakes.
func (s *reader) enlist() {
	// A reader that something else woke may still be in the list, or in one that
	// is being woken at this moment: then it is going to be signalled.
	if s.asleep.Load() {
		return
	}
	s.asleep.Store(true)
	for {
		s.nextSleeper = s.room.sleepers.Load()
		if s.room.sleepers.CompareAndSwap(s.nextSleeper, s) {
			return
		}
	}
}

// isBehind reports whether there is an event past s's cursor.
func (s *reader) isBehind() bool { return s.behind() > 0 }

// Followers read the conversations of all rooms as they go on, without being anybody
// there. They have no time limit: where they fall off a ring they read a [Missed]
// event, with the number of events as its argument, and go on. One goroutine may
// use them, which must not hold a lock that somebody takes who is called by the house;
// Behind is for any.
type Followers struct {
	house *House
	wake  chan struct{} // of all of them
	turn  int           // whose turn it is; one that has much to take must not keep others waiting
	ahead bool          // they are woken before everybody else

	rooms  []*Follower // guarded by House.mu
	closed []string    // rooms that are no more; so is this
}

// A Follower reads the conversation of one room in the same way, but does not wait:
// it is for those who look now and then.
type Follower struct{ reader }

// FollowLobby returns a Follower of the lobby, from now on.
func (h *House) FollowLobby() *Follower {
	h.mu.Lock()
	defer h.mu.Unlock()
	return newFollower(h.lobbyLocked(), nil)
}

func newFollower(r *Room, wake chan struct{}) *Follower {
	f := &Follower{reader{room: r, wake: wake}}
	f.cursor.Store(r.head.Load())
	return f
}

// Take appends to buf what has happened since the last Take, up to buf's capacity or
// some 64 KiB of text. It takes no lock.
func (f *Follower) Take(buf []*Event) []*Event {
	buf, next := f.room.read(buf, followBytes, f.cursor.Load(), f.room.head.Load())
	f.cursor.Store(next)
	return buf
}

// Behind returns how many events there are to take. It takes no lock.
func (f *Follower) Behind() uint64 { return f.behind() }

// behind returns how many events there are past s's cursor. Any goroutine may call
// it.
func (s *reader) behind() uint64 {
	cursor := s.cursor.Load() // first: head is never before it then
	return s.room.head.Load() - cursor
}

// Follow returns Followers of all rooms, from now on, those to come among them.
func (h *House) Follow() *Followers { return h.follow(false) }

func (h *House) follow(ahead bool) *Followers {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := &Followers{house: h, wake: make(chan struct{}, 1), ahead: ahead}
	h.lobbyLocked()
	for _, r := range h.rooms {
		f.addLocked(r)
	}
	h.followers = append(h.followers, f)
	return f
}

func (f *Followers) addLocked(r *Room) {
	one := newFollower(r, f.wake)
	f.rooms = append(f.rooms, one)
	if f.ahead {
		r.ahead.Store(&one.reader)
	}
}

// attachLocked has a new room followed.
func (h *House) attachLocked(r *Room) {
	for _, f := range h.followers {
		f.addLocked(r)
		signal(nil, f.wake)
	}
}

// detachLocked has a room followed no more, which is closed.
func (h *House) detachLocked(r *Room) {
	for _, f := range h.followers {
		f.rooms = slices.DeleteFunc(f.rooms, func(one *Follower) bool { return one.room == r })
		f.closed = append(f.closed, r.identity.key)
		signal(nil, f.wake)
	}
}

func (f *Followers) now() []*Follower {
	f.house.mu.Lock()
	defer f.house.mu.Unlock()
	return slices.Clone(f.rooms)
}

// Closed returns, once, the names of rooms that are no more.
func (f *Followers) Closed() []string {
	f.house.mu.Lock()
	defer f.house.mu.Unlock()
	closed := f.closed
	f.closed = nil
	return closed
}

// Rest has Woken tell when there is something to take, unless there is already:
// then it reports that, and does nothing.
func (f *Followers) Rest() (news bool) {
	for _, one := range f.now() {
		news = !one.sleep(one.isBehind) || news
	}
	return news
}

// Woken receives when there may be something to take, after Rest, or a room is
// closed.
func (f *Followers) Woken() <-chan struct{} { return f.wake }

// Wait waits until there is something to take, or a room is closed, or ctx is done,
// whose error it returns.
func (f *Followers) Wait(ctx context.Context) error {
	for {
		if f.Rest() {
			return nil
		}
		select {
		case <-f.wake:
			if f.Behind() > 0 || f.anyClosed() {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *Followers) anyClosed() bool {
	f.house.mu.Lock()
	defer f.house.mu.Unlock()
	return len(f.closed) > 0
}

// Take appends to buf what has happened in one room since the last Take, up to
// buf's capacity or some 64 KiB of text, and says in which. It does not wait; it
// appends nothing when there is nothing left in any room.
func (f *Followers) Take(buf []*Event) (room string, events []*Event) {
	rooms := f.now()
	for i := range rooms {
		one := rooms[(f.turn+i)%len(rooms)]
		if one.Behind() > 0 {
			f.turn += i + 1
			return one.room.identity.key, one.Take(buf)
		}
	}
	return Lobby, buf
}

// Taken returns the number of the last event of a room that was taken, or not to be
// taken; where there is no such room, that is all. Any goroutine may call it.
func (f *Followers) Taken(room string) uint64 {
	for _, one := range f.now() {
		if one.room.identity.key == room {
			return one.cursor.Load() - 1
		}
	}
	return math.MaxUint64
}

// Behind returns how many events there are to take. Any goroutine may call it.
func (f *Followers) Behind() (n uint64) {
	for _, one := range f.now() {
		n += one.Behind()
	}
	return n
}

// Spare returns how many events may happen in any one room before one falls off the
// ring that is still to be taken. Any goroutine may call it.
func (f *Followers) Spare() uint64 {
	least := uint64(ringSize)
	for _, one := range f.now() {
		size := uint64(len(one.room.ring))
		least = min(least, size-min(size, one.Behind()))
	}
	return least
}
