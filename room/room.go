package room

import (
	"sync"
	"sync/atomic"
	"time"
)

// ringSize is how many events a room keeps in memory: how far a reader may
// fall behind before it misses any.
const ringSize = 4096

// A Room is one conversation: a ring of its latest events.
//
// Events are appended under mu, which is what gives them their order. They are
// read without it: a reader loads head, then the slots before it, and knows by
// an event's own sequence number whether the slot has been used again.
type Room struct {
	Name string

	mu       sync.Mutex
	sleepers *User // readers that wait for the next event, linked by User.nextSleeper

	head atomic.Uint64 // the sequence number that the next event gets
	ring []atomic.Pointer[Event]
}

func newRoom(name string, size int) *Room {
	r := &Room{Name: name, ring: make([]atomic.Pointer[Event], size)}
	r.head.Store(1)
	return r
}

// append gives e, which by did, its place in the conversation. It returns the
// readers that wait for it; the caller wakes them after it has let go of its
// locks. It does nothing and reports false once by has departed.
func (r *Room) append(e *Event, by *User) (asleep *User, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if by.departed {
		return nil, false
	}
	return r.appendLocked(e), true
}

// depart ends u's part in the conversation, with e as the last event of it; e
// is nil where nobody is to be told. It does nothing and reports false the
// second time.
//
// All that ends u's own view comes before e: its writer must not read e, nor
// get mail that arrived after it.
func (r *Room) depart(u *User, reason Reason, e *Event) (asleep *User, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if u.departed {
		return nil, false
	}
	u.departed = true
	end := r.head.Load()
	var farewell *letter
	if p := reason.Phrase(); p != "" {
		farewell = &letter{at: end, event: &Event{Time: time.Now(), Kind: Farewell, Phrase: p, Reason: reason}}
	}
	u.mailbox.close(farewell)
	u.reason = reason
	u.end.Store(end)
	if e != nil {
		asleep = r.appendLocked(e)
	}
	return asleep, true
}

func (r *Room) appendLocked(e *Event) (asleep *User) {
	e.Seq = r.head.Load()
	r.ring[e.Seq%uint64(len(r.ring))].Store(e)
	r.head.Store(e.Seq + 1)
	asleep, r.sleepers = r.sleepers, nil
	return asleep
}

// wakeAll wakes a list of readers that append or depart returned.
func wakeAll(asleep *User) {
	for u := asleep; u != nil; {
		next := u.nextSleeper // from the Store on, u may enter another list
		u.asleep.Store(false)
		u.signal()
		u = next
	}
}

// sleep enters u among those that the next event wakes, unless there is one
// past its cursor already.
func (r *Room) sleep(u *User) (ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.head.Load() > u.cursor {
		return false
	}
	// A reader that its mailbox woke may still be in the list, or in one that
	// a wakeAll is walking at this moment: then it is going to be signalled.
	if !u.asleep.Load() {
		u.asleep.Store(true)
		u.nextSleeper, r.sleepers = r.sleepers, u
	}
	return true
}

// read appends to buf, until it is full, the events from cursor on and before
// end, and returns the cursor for the next read. Where events have left the
// ring before they could be read, a Missed event stands for them.
func (r *Room) read(buf []*Event, cursor, end uint64) ([]*Event, uint64) {
	for cursor < end && len(buf) < cap(buf) {
		e := r.ring[cursor%uint64(len(r.ring))].Load()
		if e.Seq == cursor {
			buf = append(buf, e)
			cursor++
			continue
		}
		// The slot has been used again. Go on with the oldest event left.
		oldest := min(max(r.head.Load()-uint64(len(r.ring)), cursor+1), end)
		buf = append(buf, &Event{Time: e.Time, Kind: Missed, Phrase: LinesMissed, Args: []any{oldest - cursor}})
		cursor = oldest
	}
	return buf, cursor
}
