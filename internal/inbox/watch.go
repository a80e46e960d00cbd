package inbox

import (
	"slices"

	"teahouse/internal/eventlog"
)

// A watch counts what is said in a log that the session does not read.
type watch struct {
	eventlog.Reader        // only to be woken; its cursor reads nothing
	name            string // of the room
	seenCount       uint64 // how many lines had been said when the session looked away
	notifiedCount   uint64 // how many had been said when the writer was last told; the writer's
}

// An Unread says how many lines are unread in a room that the session does not look at.
type Unread struct {
	Room  string
	Lines int
}

// Watch makes in count what is said in a log from now on, and wake the writer when the count
// changes. Name is the room's. Calls of Watch, Unwatch and AdoptWatches must not overlap.
func (in *Inbox) Watch(l *eventlog.Log, name string) {
	said := l.LineCount()
	in.addWatch(&watch{Reader: eventlog.Reader{Log: l, Waker: eventlog.WakeFunc(in.RequestRefresh)}, name: name, seenCount: said, notifiedCount: said})
}

func (in *Inbox) addWatch(w *watch) {
	var list []*watch
	if old := in.watches.Load(); old != nil {
		list = slices.Clone(*old)
	}
	list = append(list, w)
	in.watches.Store(&list)
}

// Unwatch makes in count no longer what is said in a log, and wakes the writer. It does nothing if
// in didn't.
func (in *Inbox) Unwatch(l *eventlog.Log) {
	old := in.watches.Load()
	if old == nil {
		return
	}
	list := slices.DeleteFunc(slices.Clone(*old), func(w *watch) bool { return w.Log == l })
	if len(list) < len(*old) {
		in.watches.Store(&list)
		in.RequestRefresh()
	}
}

// AdoptWatches makes in count what another inbox counts, whose session it takes the place of.
func (in *Inbox) AdoptWatches(other *Inbox) {
	list := other.watches.Load()
	if list == nil {
		return
	}
	for _, w := range *list {
		in.addWatch(&watch{Reader: eventlog.Reader{Log: w.Log, Waker: eventlog.WakeFunc(in.RequestRefresh)}, name: w.name, seenCount: w.seenCount, notifiedCount: w.Log.LineCount()})
	}
}

// Unread returns the rooms that are watched, if something was said there since. The writer is woken
// when the result changes. Any goroutine may call it.
func (in *Inbox) Unread() (unread []Unread) {
	list := in.watches.Load()
	if list == nil {
		return nil
	}
	for _, w := range *list {
		if n := w.Log.LineCount() - w.seenCount; n > 0 {
			unread = append(unread, Unread{w.name, int(min(n, 9999))})
		}
	}
	return unread
}

// UnreadIn returns how many lines were said in a log since it is watched.
func (in *Inbox) UnreadIn(l *eventlog.Log) int {
	if list := in.watches.Load(); list != nil {
		for _, w := range *list {
			if w.Log == l {
				return int(l.LineCount() - w.seenCount)
			}
		}
	}
	return 0
}

// armWatches has the writer woken when something is said in another room.
func (in *Inbox) armWatches() {
	list := in.watches.Load()
	if list == nil {
		return
	}
	for _, w := range *list {
		w.SetCursor(w.Log.Head())
		w.Enlist() // what is said from here on is counted again
	}
}

// pollWatches reports whether more was said in other rooms since the last call. Only the writer
// calls it.
func (in *Inbox) pollWatches() (more bool) {
	list := in.watches.Load()
	if list == nil {
		return false
	}
	for _, w := range *list {
		if said := w.Log.LineCount(); said != w.notifiedCount {
			w.notifiedCount, more = said, true
		}
	}
	return more
}
