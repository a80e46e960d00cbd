package inbox

import (
	"sync/atomic"

	"teahouse/internal/eventlog"
)

// A view is the part of a log that a session sees while it looks at a room: a position in the log
// and, once the session has switched to another room, an end. Each switch opens a new view, even of
// a room that the session has seen before. So a session's views form a list, which its writer reads
// one after the other, each to its end, while the reader goroutine speaks in the last one.
type view struct {
	eventlog.Reader
	end    atomic.Uint64        // where the view ends; 0 while it is open
	next   atomic.Pointer[view] // set after end; nil if the view ends with the session
	number int                  // views are numbered from 0
}

// limit returns the end of what can be read in the view now.
func (v *view) limit() uint64 { return v.limitAt(v.Log.Head()) }

// limitAt is limit for a known head of the log. If end is still 0 after head was loaded, the
// session's own departure is not before head.
func (v *view) limitAt(head uint64) uint64 {
	if end := v.end.Load(); end != 0 {
		return end
	}
	return head
}

// hasPending reports whether there is something to read in the view, or a next view.
func (v *view) hasPending() bool { return v.Cursor() < v.limit() || v.next.Load() != nil }
