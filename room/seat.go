package room

import "sync/atomic"

// A seat is the time that a session looks at one room: a place in the room's
// conversation, from where it sat down to where it got up. Whoever goes to another
// room takes a new seat there, also in a room where it was before; so the seats of
// a session are a list, which its writer reads one after the other, each to its
// end, while the reader goroutine speaks from the last one.
type seat struct {
	reader
	end  atomic.Uint64        // where the view of the room ends; 0 while it goes on
	next atomic.Pointer[seat] // set after end, where it does not end with the session
	n    int                  // the first is 0
}

// view returns where that which may be read from the seat ends.
func (s *seat) view() uint64 { return s.until(s.room.head.Load()) }

// until returns that where the room's head is known. While end is 0 after head was read,
// the user's own leaving is not before head.
func (s *seat) until(head uint64) uint64 {
	if end := s.end.Load(); end != 0 {
		return end
	}
	return head
}

// hasNews reports whether there is something to read from the seat, or another one
// to go on with.
func (s *seat) hasNews() bool { return s.cursor.Load() < s.view() || s.next.Load() != nil }

// sit begins the view from s at what happens next in its room, and returns the
// number of the last event before. Old, whose place it takes, may be nil.
func (s *seat) sit(old *User) (before uint64) {
	next, before := s.room.here(old)
	s.cursor.Store(next)
	return before
}

// sitLocked has u look at a room from now on, which it is in. What it reads there
// first is what shown makes of the number of the next event. Only the reader
// goroutine may call it, once u is no longer coming in.
func (u *User) sitLocked(r *Room, shown func(next uint64) *Event) {
	old := u.seat()
	s := &seat{n: old.n + 1}
	s.reader = reader{room: r, onWake: u.onWake, wake: u.wake}
	s.sit(nil)
	next := s.cursor.Load()
	r.readers.Add(1)
	old.room.getUp(old)
	u.mailbox.put(letter{seat: s.n, at: next, event: shown(next)})
	old.next.Store(s)
	u.last.Store(s)
	u.Nudge()
}

// seat returns where u speaks.
func (u *User) seat() *seat { return u.last.Load() }

// here returns the room that u looks at.
func (u *User) here() *Room { return u.seat().room }
