package room

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/sanitize"
)

const (
	// lobbyRingSize is how many events a room keeps in memory: how far a reader may
	// fall behind before it misses any. The journal is a reader, too: with its
	// engine away it falls behind.
	lobbyRingSize = 16384

	// lobbyRingBytes is how many bytes of text it keeps, where that is less.
	lobbyRingBytes = 4 << 20

	// sessionTakeBytes is about how many bytes of text a user takes at once: what its door makes
	// of them may be sixteen times as many, and the client may not read. Subscription take
	// more.
	sessionTakeBytes      = 8 << 10
	subscriptionTakeBytes = 64 << 10

	// joinLeaveInterval is how long a coming or going may have to wait until readers
	// are woken for it, where there was another just before it.
	joinLeaveInterval = 250 * time.Millisecond

	// immediateWakeReaders is up to how many readers are woken without waiting for others
	// who might be about to speak: that spares less than it costs.
	immediateWakeReaders = 16
)

// A Room is one conversation: a ring of its latest events.
//
// Events are appended under mu, which is what gives them their order. They are
// read without it: a reader loads head, then the slots before it, and knows by
// an event's own sequence number whether the slot has been used again.
type Room struct {
	name      string // as people see it; immutable
	roomState        // who may come in; guarded by Hub.mu

	mu        sync.Mutex
	head      atomic.Uint64           // the sequence number that the next event gets
	tail      atomic.Uint64           // that of the oldest event in the ring
	ring      []atomic.Pointer[Event] // the rest of it is nil
	bytes     int                     // of text in it
	lastTime  time.Time               // that of the latest event
	lineCount atomic.Uint64           // how many lines were said

	// Comings and goings in a burst wake the readers together.
	joinLeaveWoken   atomic.Bool // readers were woken for one less than joinLeaveInterval ago
	joinLeavePending atomic.Bool // there was another since

	// sleepers are the readers that wait for an event, linked by
	// logReader.nextSleeper. Readers push themselves; a waker takes them all.
	sleepers       atomic.Pointer[logReader]
	waking         atomic.Bool               // somebody is about to wake the sleepers
	priorityReader atomic.Pointer[logReader] // woken before them: it tells other houses
	readers        atomic.Int64

	eventCounts *eventCounts // in all rooms of the house; nil counts nothing
	renderCache *renderCache // of all rooms of the house; nil keeps none
	maxBytes    int          // of text in the ring; immutable
	history     history
}

// newRoom returns a room of a name, with so many events and bytes of text in its
// ring, of which the first has a number.
func newRoom(name string, size, bytes int, memory HistoryLimits, first uint64) *Room {
	r := &Room{name: name, ring: make([]atomic.Pointer[Event], size), maxBytes: bytes}
	r.members, r.invited, r.emptySince = map[*user]bool{}, map[string]string{}, time.Now()
	r.head.Store(first)
	r.tail.Store(first)
	r.history.cursor.Store(first)
	r.history.limits, r.history.lastByName = memory, map[string]*Event{}
	return r
}

func (r *Room) slot(seq uint64) *atomic.Pointer[Event] {
	return &r.ring[seq%uint64(len(r.ring))]
}

// append gives e, which by did, its place in the conversation. The caller wakes
// the readers after it has let go of its locks. It does nothing and reports
// false once by has departed.
func (r *Room) append(e *Event, by *Session) (ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if by.departed.Load() {
		return false
	}
	r.appendLocked(e)
	return true
}

// announce has everybody read an event, which nobody said. The caller wakes them.
func (r *Room) announce(e *Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.appendLocked(e)
}

// endSession ends u's part in the conversation at which it looks, and all it may say
// in any room. Farewell, or nil, is for u alone. It does nothing and reports false
// the second time. Its callers hold Hub.mu.
//
// All that ends u's own view comes before others are told: its writer must not read
// that, nor get mail that arrived after it.
func (r *Room) endSession(u *Session, reason Reason, farewell *Farewell) (ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if u.departed.Load() {
		return false
	}
	s := u.currentView()
	r.readers.Add(-1)
	end := r.head.Load()
	var last *mailboxItem
	if farewell != nil {
		last = &mailboxItem{viewNumber: s.number, head: end, item: farewell}
	}
	u.mailbox.close(last)
	u.reason = reason
	s.end.Store(end)
	u.departed.Store(true)
	close(u.done)
	return true
}

// startView returns where the conversation goes on for somebody who has come without
// the room being told, and the number of the last event before. It ends the part
// of old, whose place that one takes; old may be nil.
func (r *Room) startView(old *Session) (cursor, before uint64) {
	if old != nil {
		r.endSession(old, TakenOver, newFarewell(TakenOver, TakenOver.Code(), nil))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	head := r.head.Load()
	return head, head - 1
}

// endView ends a seat whose user goes elsewhere.
func (r *Room) endView(s *view) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readers.Add(-1)
	s.end.Store(r.head.Load())
}

// appendLocked gives e its number, and a time of its own: in a room, time does
// not stand still or go back, whatever the clock does, so that what happened
// since a moment is one part of the conversation. It does where it would be too late to be
// kept otherwise.
func (r *Room) appendLocked(e *Event) {
	e.Seq, e.cache = r.head.Load(), r.renderCache
	if e.Time = e.Time.Round(0); !e.Time.After(r.lastTime) && !sanitize.IsTooLate(r.lastTime.Add(1)) {
		e.Time = r.lastTime.Add(1)
	}
	r.lastTime = e.Time
	if e.Kind == Said {
		r.lineCount.Add(1)
	}
	r.eventCounts.count(e.Kind)
	r.bytes += e.textSize()
	for r.bytes > r.maxBytes || e.Seq-r.tail.Load() == uint64(len(r.ring)) {
		oldest := r.tail.Load()
		r.tail.Store(oldest + 1)
		r.bytes -= r.slot(oldest).Swap(nil).textSize()
	}
	r.slot(e.Seq).Store(e)
	r.head.Store(e.Seq + 1)
}

// wake wakes the readers that wait for an event.
//
// Where there are many, it first lets others run. When several people speak at about
// the same time, all of their lines are in the ring by then, and each reader wakes
// up once for all: waking and writing is what a line costs, not the line.
func (r *Room) wake() {
	if !r.waking.CompareAndSwap(false, true) {
		return // somebody else is about to do it, and will see what we have appended
	}
	if first := r.priorityReader.Load(); first != nil {
		first.signal()
	}
	if r.readers.Load() > immediateWakeReaders {
		runtime.Gosched()
	}
	r.waking.Store(false)
	for s := r.sleepers.Swap(nil); s != nil; {
		next := s.nextSleeper // from the Store on, s may enter the list again
		s.asleep.Store(false)
		s.signal()
		s = next
	}
	r.advanceHistory()
}

// wakeForJoinLeave wakes the readers because somebody came or left: at once, but not
// again for a while. When a thousand people come in at once, each of them would
// otherwise wake all who are there already. Talk wakes readers at any time, and
// then they read of the comings and goings, too.
func (r *Room) wakeForJoinLeave() {
	for !r.joinLeaveWoken.CompareAndSwap(false, true) {
		r.joinLeavePending.Store(true)
		if r.joinLeaveWoken.Load() {
			return // the pause, when it ends, sees it
		}
	}
	r.joinLeavePending.Store(false)
	r.wake()
	time.AfterFunc(joinLeaveInterval, func() {
		r.joinLeaveWoken.Store(false)
		if r.joinLeavePending.Load() {
			r.wakeForJoinLeave()
		}
	})
}

// read returns the event at cursor, which is before end, and the cursor for the next read. Where
// events have left the ring before they could be read it returns nil, and next is that of
// the oldest one that is left.
func (r *Room) read(cursor, end uint64) (e *Event, next uint64) {
	if e = r.slot(cursor).Load(); e != nil && e.Seq == cursor {
		return e, cursor + 1
	}
	return nil, min(max(r.tail.Load(), cursor+1), end)
}
