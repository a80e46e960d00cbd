package eventlog

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/internal/sanitize"
)

const (
	// JoinLeaveInterval is how long readers have to wait to learn of a join or leave that follows
	// another one closely. If they are many, it is joinLeavePerReader for each of them: writing to
	// one takes a tenth of that, so a storm of joins costs a tenth of a CPU. It is never more than
	// maxJoinLeaveInterval, because the store and other nodes wait as long.
	JoinLeaveInterval    = 250 * time.Millisecond
	maxJoinLeaveInterval = time.Second
	joinLeavePerReader   = 100 * time.Microsecond

	// immediateWakeReaders is the largest number of sleeping readers that are woken at once.
	// Waiting for others who might be about to speak only pays off with more.
	immediateWakeReaders = 16
)

// A Log is one conversation: a ring of its latest events, and a history of what was said. Any
// goroutine may use it.
//
// Events are appended under mu, which gives them their order, and read without it: a reader loads
// head, then the slots before it, and an event's own sequence number tells whether its slot has
// been reused.
type Log struct {
	mu        sync.Mutex
	head      atomic.Uint64                 // the sequence number that the next event will get
	tail      atomic.Uint64                 // the sequence number of the oldest event in the ring
	ring      []atomic.Pointer[event.Event] // slots without an event are nil
	bytes     int                           // of text in the ring
	lastTime  time.Time                     // the time of the latest event
	lineCount atomic.Uint64                 // how many lines were ever said

	// Joins and leaves in a burst wake the readers together.
	joinLeaveWoken   atomic.Bool // readers were woken for one a moment ago
	joinLeavePending atomic.Bool // there has been another one since

	// sleepers are the readers waiting for an event, linked by Reader.nextSleeper. Readers push
	// themselves; a waker takes the whole list.
	sleepers atomic.Pointer[Reader]
	waking   atomic.Bool            // a goroutine is about to wake the sleepers
	first    atomic.Pointer[Reader] // woken before the sleepers: it feeds the other nodes
	readers  atomic.Int64

	config  Config // immutable
	history history
}

// A Config says how much a [Log] keeps.
type Config struct {
	Events  int    // how many events the ring holds
	Bytes   int    // how many bytes of their text
	First   uint64 // the sequence number of the first event
	History HistoryLimits

	Count func(event.EventKind) // called for each event, under the log's lock; nil counts nothing
	Cache *event.RenderCache    // for the events' renderings; nil keeps none
}

// New returns a Log without events.
func New(c Config) *Log {
	l := &Log{ring: make([]atomic.Pointer[event.Event], c.Events), config: c}
	l.head.Store(c.First)
	l.tail.Store(c.First)
	l.history.cursor.Store(c.First)
	l.history.limits, l.history.lastByName = c.History, map[ids.NameKey]*event.Event{}
	return l
}

// Size returns how many events the ring holds.
func (l *Log) Size() int { return len(l.ring) }

// Head returns the sequence number that the next event will get.
func (l *Log) Head() uint64 { return l.head.Load() }

// LineCount returns how many lines were ever said.
func (l *Log) LineCount() uint64 { return l.lineCount.Load() }

// AddReaders adds to the number of readers, by which [Log.Wake] tells whether waiting a moment pays
// off.
func (l *Log) AddReaders(n int64) { l.readers.Add(n) }

// Readers returns the number of readers.
func (l *Log) Readers() int64 { return l.readers.Load() }

func (l *Log) slot(seq uint64) *atomic.Pointer[event.Event] {
	return &l.ring[seq%uint64(len(l.ring))]
}

// Append appends an event. The caller calls [Log.Wake] after releasing its locks.
func (l *Log) Append(e *event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.appendLocked(e)
}

// AppendUnless is Append, except if over, which is called with the log's lock held, returns true.
// It reports whether it has appended.
func (l *Log) AppendUnless(e *event.Event, over func() bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if over() {
		return false
	}
	l.appendLocked(e)
	return true
}

// AtEnd calls do with the sequence number that the next event will get. Nothing is appended
// meanwhile.
func (l *Log) AtEnd(do func(next uint64)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do(l.head.Load())
}

// Position returns the sequence number of the next event, and the time of the last event before
// that, which is the zero Time if there was none.
func (l *Log) Position() (next uint64, last time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head.Load(), l.lastTime
}

// StartAfter makes all further events later than t.
func (l *Log) StartAfter(t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.After(l.lastTime) {
		l.lastTime = t
	}
}

// appendLocked gives e its sequence number and a time of its own. Within a log, time never stands
// still or goes back, whatever the clock does, so that "everything since a moment" is one
// contiguous part of the conversation. The exception is a time that would be too late to be stored.
func (l *Log) appendLocked(e *event.Event) {
	e.Seq = l.head.Load()
	e.CacheIn(l.config.Cache)
	if e.Time = e.Time.Round(0); !e.Time.After(l.lastTime) && !sanitize.IsTooLate(l.lastTime.Add(1)) {
		e.Time = l.lastTime.Add(1)
	}
	l.lastTime = e.Time
	if e.Kind == event.Said {
		l.lineCount.Add(1)
	}
	if l.config.Count != nil {
		l.config.Count(e.Kind)
	}
	l.bytes += e.TextSize()
	for l.bytes > l.config.Bytes || e.Seq-l.tail.Load() == uint64(len(l.ring)) {
		oldest := l.tail.Load()
		l.tail.Store(oldest + 1)
		l.bytes -= l.slot(oldest).Swap(nil).TextSize()
	}
	l.slot(e.Seq).Store(e)
	l.head.Store(e.Seq + 1)
}

// Wake wakes the readers that wait for an event.
//
// If there are many, it first yields to other goroutines. When several people speak at about the
// same time, all their lines are in the ring by then, and each reader wakes up once for all of
// them: the cost of a line is waking and writing, not the line itself.
func (l *Log) Wake() {
	if !l.waking.CompareAndSwap(false, true) {
		return // another goroutine is about to do it, and will see what we have appended
	}
	if first := l.first.Load(); first != nil {
		first.Waker.Wake()
	}
	if l.readers.Load() > immediateWakeReaders {
		runtime.Gosched()
	}
	l.waking.Store(false)
	for r := l.sleepers.Swap(nil); r != nil; {
		next := r.nextSleeper // from the Store on, r may enter the list again
		r.asleep.Store(false)
		r.Waker.Wake()
		r = next
	}
	l.advanceHistory()
}

// WakeForJoinLeave wakes the readers because somebody came or left: at once, but then not again for
// JoinLeaveInterval, or longer if there are many readers. Otherwise, when a thousand people come in
// together, each of them would wake all who are already there. Messages wake readers at any time, and
// then they read of the joins and leaves too.
func (l *Log) WakeForJoinLeave() {
	for !l.joinLeaveWoken.CompareAndSwap(false, true) {
		l.joinLeavePending.Store(true)
		if l.joinLeaveWoken.Load() {
			return // the timer that ends the pause will see it
		}
	}
	l.joinLeavePending.Store(false)
	l.Wake()
	pause := time.Duration(l.readers.Load()) * joinLeavePerReader
	pause = min(max(pause, JoinLeaveInterval), maxJoinLeaveInterval)
	time.AfterFunc(pause, func() {
		l.joinLeaveWoken.Store(false)
		if l.joinLeavePending.Load() {
			l.WakeForJoinLeave()
		}
	})
}

// Read returns the event at cursor, which is before end, and the cursor for the next read. If the
// event has already left the ring, Read returns nil, and next is the oldest event that is left. It
// takes no lock.
func (l *Log) Read(cursor, end uint64) (e *event.Event, next uint64) {
	if e = l.slot(cursor).Load(); e != nil && e.Seq == cursor {
		return e, cursor + 1
	}
	return nil, min(max(l.tail.Load(), cursor+1), end)
}

// At returns the event with a sequence number, or nil if it is not in the ring.
func (l *Log) At(seq uint64) *event.Event {
	if e := l.slot(seq).Load(); e != nil && e.Seq == seq {
		return e
	}
	return nil
}
