package room

import "sync/atomic"

// A view is the time that a session looks at one room: a place in the room's
// conversation, from where it sat down to where it got up. Whoever goes to another
// room takes a new seat there, also in a room where it was before; so the seats of
// a session are a list, which its writer reads one after the other, each to its
// end, while the reader goroutine speaks from the last one.
type view struct {
	logReader
	end    atomic.Uint64        // where the view of the room ends; 0 while it goes on
	next   atomic.Pointer[view] // set after end, where it does not end with the session
	number int                  // the first is 0
}

// limit returns where that which may be read from the seat ends.
func (v *view) limit() uint64 { return v.limitAt(v.room.head.Load()) }

// limitAt returns that where the room's head is known. While end is 0 after head was read,
// the user's own leaving is not before head.
func (v *view) limitAt(head uint64) uint64 {
	if end := v.end.Load(); end != 0 {
		return end
	}
	return head
}

// hasPending reports whether there is something to read from the seat, or another one
// to go on with.
func (v *view) hasPending() bool { return v.cursor.Load() < v.limit() || v.next.Load() != nil }

// start begins the view from v at what happens next in its room, and returns the
// number of the last event before. Old, whose place it takes, may be nil.
func (v *view) start(old *Session) (before uint64) {
	next, before := v.room.startView(old)
	v.cursor.Store(next)
	return before
}

// openViewLocked has u look at a room from now on, which it is in. What it reads there
// first is what shown makes of the number of the next event. Only the reader
// goroutine may call it, once u is no longer coming in.
func (s *Session) openViewLocked(r *Room, shown func(next uint64) Reply) {
	old := s.currentView()
	v := &view{number: old.number + 1}
	v.logReader = logReader{room: r, onWake: s.onWake, wake: s.wake}
	v.start(nil)
	next := v.cursor.Load()
	r.readers.Add(1)
	old.room.endView(old)
	s.mailbox.put(mailboxItem{viewNumber: v.number, head: next, item: shown(next)})
	old.next.Store(v)
	s.speakView.Store(v)
	s.RequestRefresh()
}

// currentView returns where s speaks.
func (s *Session) currentView() *view { return s.speakView.Load() }

// room returns the room that s looks at.
func (s *Session) room() *Room { return s.currentView().room }
