package eventlog

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/ids"
)

// tailTakeBytes is about how many bytes of text a Tail takes at once.
const tailTakeBytes = 64 << 10

// A Subscription reads the logs of all rooms without being a member of any. It has no time limit:
// if it falls off a ring, it learns how many events it missed, and goes on. One goroutine uses it;
// Add, Remove, Lag, Behind, Headroom and TakenUpTo may be called from any goroutine.
type Subscription struct {
	woken  WakeChan      // shared by all its logs
	enough atomic.Uint64 // how many events of one log Gather waits for; 0 unless it is called
	next   int           // whose turn it is, so that a busy room does not keep others waiting
	first  bool          // woken before all other readers

	mu     sync.Mutex
	logs   []*Tail
	closed []ids.Room // rooms that were closed
}

// NewSubscription returns a Subscription of no log. If first is set, it is woken before all other
// readers.
func NewSubscription(first bool) *Subscription {
	return &Subscription{woken: make(WakeChan, 1), first: first}
}

// A Tail reads one log, from now on. It cannot wait: it is for callers that look now and then.
type Tail struct {
	Reader
	room ids.Room
	sub  *Subscription // that it is part of, or nil
}

// NewTail returns a Tail of a log that starts now.
func NewTail(l *Log) *Tail {
	t := &Tail{Reader: Reader{Log: l}}
	t.SetCursor(l.Head())
	return t
}

// Wake implements [Waker]. While the Subscription gathers events, it only wakes up once there are
// enough: waking a goroutine for each event would cost more than the event.
func (t *Tail) Wake() {
	if t.Lag() < t.sub.enough.Load() {
		t.Enlist()
		// Before it was in the list, events may have come, or Gather may have ended.
		if t.Lag() < t.sub.enough.Load() {
			return
		}
	}
	t.sub.woken.Wake()
}

// Take appends to buf what has happened since the last Take, up to buf's capacity or about 64 KiB
// of text. It also returns how many events left the ring before they could be read. It takes no
// lock.
func (t *Tail) Take(buf []*event.Event) (events []*event.Event, dropped uint64) {
	cursor, end := t.cursor.Load(), t.Log.head.Load()
	for bytes := 0; cursor < end && len(buf) < cap(buf) && bytes < tailTakeBytes; {
		e, next := t.Log.Read(cursor, end)
		if e == nil {
			dropped += next - cursor
		} else {
			buf = append(buf, e)
			bytes += e.TextSize()
		}
		cursor = next
	}
	t.cursor.Store(cursor)
	return buf, dropped
}

// Add adds the log of a room, from now on.
func (sub *Subscription) Add(room ids.Room, l *Log) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	t := NewTail(l)
	t.room, t.sub, t.Waker = room, sub, t
	sub.logs = append(sub.logs, t)
	if sub.first {
		l.first.Store(&t.Reader)
	}
	sub.Signal()
}

// Remove removes the log of a room that was closed.
func (sub *Subscription) Remove(room ids.Room, l *Log) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	sub.logs = slices.DeleteFunc(sub.logs, func(t *Tail) bool { return t.Log == l })
	sub.closed = append(sub.closed, room)
	sub.Signal()
}

func (sub *Subscription) currentLogs() []*Tail {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	return slices.Clone(sub.logs)
}

// ClosedRooms returns, once, the rooms that were closed.
func (sub *Subscription) ClosedRooms() []ids.Room {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	closed := sub.closed
	sub.closed = nil
	return closed
}

// Arm makes Ready receive when there is something to take. If there already is, it returns true
// instead.
func (sub *Subscription) Arm() (news bool) {
	for _, one := range sub.currentLogs() {
		news = !one.Sleep(one.IsBehind) || news
	}
	return news
}

// Ready returns a channel that receives, after Arm, when there may be something to take, a room
// was closed, or Signal was called.
func (sub *Subscription) Ready() <-chan struct{} { return sub.woken }

// Signal makes Ready receive. Any goroutine may call it, with or without the lock.
func (sub *Subscription) Signal() { sub.woken.Wake() }

// Wait waits until there is something to take or a room was closed. If ctx ends first, it returns
// the error of ctx.
func (sub *Subscription) Wait(ctx context.Context) error {
	for {
		if sub.Arm() {
			return nil
		}
		select {
		case <-sub.woken:
			if sub.Lag() > 0 || sub.anyClosed() {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Gather waits until there are n events of one room to take, or d is over. If ctx ends first, it
// returns the error of ctx.
func (sub *Subscription) Gather(ctx context.Context, n uint64, d time.Duration) error {
	sub.enough.Store(n)
	defer sub.enough.Store(0)
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		sub.Arm()
		if sub.mostLag() >= n {
			return nil
		}
		select {
		case <-sub.woken:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Behind returns how many rooms have events to take. So many calls of Take reach each of them. Any
// goroutine may call it.
func (sub *Subscription) Behind() (n int) {
	for _, one := range sub.currentLogs() {
		if one.IsBehind() {
			n++
		}
	}
	return n
}

// mostLag returns how many events there are to take in the log that has most.
func (sub *Subscription) mostLag() (most uint64) {
	for _, one := range sub.currentLogs() {
		most = max(most, one.Lag())
	}
	return most
}

func (sub *Subscription) anyClosed() bool {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	return len(sub.closed) > 0
}

// Take appends to buf what has happened in one room since the last Take, up to buf's capacity or
// about 64 KiB of text. It also returns the room, and how many events left the ring before
// they could be read. It does not wait; if there is nothing left in any room, it appends and drops
// nothing.
func (sub *Subscription) Take(buf []*event.Event) (room ids.Room, events []*event.Event, dropped uint64) {
	logs := sub.currentLogs()
	for i := range logs {
		one := logs[(sub.next+i)%len(logs)]
		if one.Lag() > 0 {
			sub.next += i + 1
			events, dropped = one.Take(buf)
			return one.room, events, dropped
		}
	}
	return "", buf, 0
}

// TakenUpTo returns the sequence number of the last event of a room that was taken or dropped. If
// there is no such room, that is all events. Any goroutine may call it.
func (sub *Subscription) TakenUpTo(room ids.Room) uint64 {
	for _, one := range sub.currentLogs() {
		if one.room == room {
			return one.Cursor() - 1
		}
	}
	return math.MaxUint64
}

// Lag returns how many events there are to take. Any goroutine may call it.
func (sub *Subscription) Lag() (n uint64) {
	for _, one := range sub.currentLogs() {
		n += one.Lag()
	}
	return n
}

// Headroom returns how many more events may happen in any one room before an untaken one falls off
// the ring. Any goroutine may call it.
func (sub *Subscription) Headroom() uint64 {
	least := uint64(math.MaxUint64)
	for _, one := range sub.currentLogs() {
		size := uint64(one.Log.Size())
		least = min(least, size-min(size, one.Lag()))
	}
	return least
}
