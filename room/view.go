package room

import (
	"sync/atomic"

	"teahouse/internal/eventlog"
)

// A view is the part of a room's log that a session sees while it looks at the room: a position in
// the log and, once the session has switched to another room, an end. Each switch opens a new view,
// even of a room that the session has seen before. So a session's views form a list, which its
// writer reads one after the other, each to its end, while the reader goroutine speaks in the last
// one.
type view struct {
	roomReader
	end    atomic.Uint64        // where the view ends; 0 while it is open
	next   atomic.Pointer[view] // set after end; nil if the view ends with the session
	number int                  // views are numbered from 0
}

// limit returns the end of what can be read in the view now.
func (v *view) limit() uint64 { return v.limitAt(v.room.Head()) }

// limitAt is limit for a known head of the room. If end is still 0 after head was loaded, the
// session's own departure is not before head.
func (v *view) limitAt(head uint64) uint64 {
	if end := v.end.Load(); end != 0 {
		return end
	}
	return head
}

// hasPending reports whether there is something to read in the view, or a next view.
func (v *view) hasPending() bool { return v.Cursor() < v.limit() || v.next.Load() != nil }

// start begins the view at the next event in its room, and returns the sequence number of the last
// event before that. Old, whose place the session takes, may be nil.
func (v *view) start(old *Session) (before uint64) {
	next, before := v.room.startView(old)
	v.SetCursor(next)
	return before
}

// A roomReader is a reader of a room's log.
type roomReader struct {
	eventlog.Reader
	room *Room
}

func newRoomReader(r *Room, onWake func(), wake chan struct{}) roomReader {
	return roomReader{eventlog.Reader{Log: r.Log, OnWake: onWake, Woken: wake}, r}
}

// setRoom makes r read the log of another room. Nobody may use it yet.
func (r *roomReader) setRoom(to *Room) { r.Log, r.room = to.Log, to }

// openViewLocked makes s look at a room that it has joined. Shown gets the sequence number of the
// next event and returns the first thing that s reads there. Only the reader goroutine may call it,
// once s has entered.
func (s *Session) openViewLocked(r *Room, shown func(next uint64) Reply) {
	old := s.currentView()
	v := &view{number: old.number + 1}
	v.roomReader = newRoomReader(r, s.onWake, s.wake)
	v.start(nil)
	next := v.Cursor()
	r.AddReaders(1)
	old.room.endView(old)
	s.mailbox.put(mailboxItem{viewNumber: v.number, head: next, item: shown(next)})
	old.next.Store(v)
	s.speakView.Store(v)
	s.RequestRefresh()
}

// currentView returns the view in which s speaks.
func (s *Session) currentView() *view { return s.speakView.Load() }

// Room returns the room that s looks at.
func (s *Session) Room() *Room { return s.currentView().room }
