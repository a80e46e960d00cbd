package room

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/reply"
	"teahouse/internal/sanitize"
)

const (
	// LobbyRingSize is how many events the lobby keeps in memory, and so how far a reader may fall
	// behind before it misses any. The journal is a reader too; it falls behind while its engine is
	// away.
	LobbyRingSize = 16384

	// LobbyRingBytes limits the bytes of text in the lobby's ring.
	LobbyRingBytes = 4 << 20

	// sessionTakeBytes is about how many bytes of text a session takes at once. Rendered by its
	// door they may be sixteen times as many, and the client may not be reading. A Subscription
	// takes more.
	sessionTakeBytes      = 8 << 10
	subscriptionTakeBytes = 64 << 10

	// JoinLeaveInterval is how long readers may have to wait to learn of a join or leave that
	// follows another one closely.
	JoinLeaveInterval = 250 * time.Millisecond

	// immediateWakeReaders is the largest number of sleeping readers that are woken at once.
	// Waiting for others who might be about to speak only pays off with more.
	immediateWakeReaders = 16
)

// A Room is one conversation: a ring of its latest events.
//
// Events are appended under mu, which gives them their order, and read without it: a reader loads
// head, then the slots before it, and an event's own sequence number tells whether its slot has
// been reused.
type Room struct {
	Name      string // as people see it; immutable
	roomState        // who may come in; guarded by Hub.mu

	mu        sync.Mutex
	head      atomic.Uint64           // the sequence number that the next event will get
	tail      atomic.Uint64           // the sequence number of the oldest event in the ring
	ring      []atomic.Pointer[Event] // slots without an event are nil
	bytes     int                     // of text in the ring
	lastTime  time.Time               // the time of the latest event
	lineCount atomic.Uint64           // how many lines were ever said

	// Joins and leaves in a burst wake the readers together.
	joinLeaveWoken   atomic.Bool // readers were woken for one less than JoinLeaveInterval ago
	joinLeavePending atomic.Bool // there has been another one since

	// sleepers are the readers waiting for an event, linked by logReader.nextSleeper. Readers push
	// themselves; a waker takes the whole list.
	sleepers       atomic.Pointer[logReader]
	waking         atomic.Bool               // a goroutine is about to wake the sleepers
	priorityReader atomic.Pointer[logReader] // woken before the sleepers: it feeds the other nodes
	readers        atomic.Int64

	eventCounts *eventCounts       // for all rooms of the hub; nil counts nothing
	renderCache *event.RenderCache // for all rooms of the hub; nil keeps nothing
	maxBytes    int                // of text in the ring; immutable
	history     history
}

// newRoom returns a room whose ring holds up to size events and the given bytes of text. Its first
// event gets the sequence number first.
func newRoom(name string, size, bytes int, memory HistoryLimits, first uint64) *Room {
	r := &Room{Name: name, ring: make([]atomic.Pointer[Event], size), maxBytes: bytes}
	r.Members, r.Invited, r.emptySince = map[*User]bool{}, map[string]string{}, time.Now()
	r.head.Store(first)
	r.tail.Store(first)
	r.history.cursor.Store(first)
	r.history.limits, r.history.lastByName = memory, map[string]*Event{}
	return r
}

func (r *Room) slot(seq uint64) *atomic.Pointer[Event] {
	return &r.ring[seq%uint64(len(r.ring))]
}

// append adds e to the conversation on behalf of by. The caller wakes the readers after releasing
// its locks. If by has departed, append does nothing and returns false.
func (r *Room) append(e *Event, by *Session) (ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if by.departed.Load() {
		return false
	}
	r.appendLocked(e)
	return true
}

// announce appends an event that no session caused by speaking. The caller wakes the readers.
func (r *Room) announce(e *Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.appendLocked(e)
}

// endSession ends u's current view and keeps u from speaking in any room. The farewell, which may
// be nil, is for u alone. The second call does nothing and returns false. Callers hold Hub.mu.
//
// u's own view ends before others learn of it: u's writer must not read that event, nor get items
// that arrive after it.
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

// startView returns where the conversation goes on for a session that came without the room being
// told, and the sequence number of the last event before that. If old is not nil, the session takes
// its place, and old's part ends.
func (r *Room) startView(old *Session) (cursor, before uint64) {
	if old != nil {
		r.endSession(old, TakenOver, event.NewFarewell(TakenOver, TakenOver.Code(), nil))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	head := r.head.Load()
	return head, head - 1
}

// endView ends the view of a session that switches to another room.
func (r *Room) endView(s *view) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readers.Add(-1)
	s.end.Store(r.head.Load())
}

// appendLocked gives e its sequence number and a time of its own. Within a room, time never stands
// still or goes back, whatever the clock does, so that "everything since a moment" is one
// contiguous part of the conversation. The exception is a time that would be too late to be stored.
func (r *Room) appendLocked(e *Event) {
	e.Seq = r.head.Load()
	e.CacheIn(r.renderCache)
	if e.Time = e.Time.Round(0); !e.Time.After(r.lastTime) && !sanitize.IsTooLate(r.lastTime.Add(1)) {
		e.Time = r.lastTime.Add(1)
	}
	r.lastTime = e.Time
	if e.Kind == Said {
		r.lineCount.Add(1)
	}
	r.eventCounts.count(e.Kind)
	r.bytes += e.TextSize()
	for r.bytes > r.maxBytes || e.Seq-r.tail.Load() == uint64(len(r.ring)) {
		oldest := r.tail.Load()
		r.tail.Store(oldest + 1)
		r.bytes -= r.slot(oldest).Swap(nil).TextSize()
	}
	r.slot(e.Seq).Store(e)
	r.head.Store(e.Seq + 1)
}

// wake wakes the readers that wait for an event.
//
// If there are many, it first yields to other goroutines. When several people speak at about the
// same time, all their lines are in the ring by then, and each reader wakes up once for all of
// them: the cost of a line is waking and writing, not the line itself.
func (r *Room) wake() {
	if !r.waking.CompareAndSwap(false, true) {
		return // another goroutine is about to do it, and will see what we have appended
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

// wakeForJoinLeave wakes the readers because somebody came or left: at once, but then not again for
// JoinLeaveInterval. Otherwise, when a thousand people come in together, each of them would wake
// all who are already there. Messages wake readers at any time, and then they read of the joins and
// leaves too.
func (r *Room) wakeForJoinLeave() {
	for !r.joinLeaveWoken.CompareAndSwap(false, true) {
		r.joinLeavePending.Store(true)
		if r.joinLeaveWoken.Load() {
			return // the timer that ends the pause will see it
		}
	}
	r.joinLeavePending.Store(false)
	r.wake()
	time.AfterFunc(JoinLeaveInterval, func() {
		r.joinLeaveWoken.Store(false)
		if r.joinLeavePending.Load() {
			r.wakeForJoinLeave()
		}
	})
}

// read returns the event at cursor, which is before end, and the cursor for the next read. If the
// event has already left the ring, read returns nil, and next is the oldest event that is left.
func (r *Room) read(cursor, end uint64) (e *Event, next uint64) {
	if e = r.slot(cursor).Load(); e != nil && e.Seq == cursor {
		return e, cursor + 1
	}
	return nil, min(max(r.tail.Load(), cursor+1), end)
}

// Announce tells everybody in the room something, in the name of by.
func (r *Room) Announce(by *UserInfo, code reply.Code, args ...any) {
	r.announce(&Event{Time: time.Now(), Kind: Announced, User: by, Code: code, Args: args})
	r.wake()
}
