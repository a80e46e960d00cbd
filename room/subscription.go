package room

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
)

// A logReader is a place in a room's conversation, and what is to happen when the
// conversation goes on from there. One goroutine reads with it.
type logReader struct {
	room        *Room
	cursor      atomic.Uint64 // the next event to read; only who reads moves it
	onWake      func()        // as in ClientInfo; nil where wake is used
	wake        chan struct{} // capacity 1: there may be something to read
	nextSleeper *logReader
	asleep      atomic.Bool // in the room's list of sleepers
}

func (r *logReader) signal() { signal(r.onWake, r.wake) }

func signal(onWake func(), wake chan struct{}) {
	if onWake != nil {
		onWake()
		return
	}
	select {
	case wake <- struct{}{}:
	default: // it is going to look anyway
	}
}

// sleep has r signalled by the next event. It reports false where look finds something
// to read already. Only then does it look: who appends after that looks at the list of
// sleepers later still.
func (r *logReader) sleep(look func() (news bool)) (ok bool) {
	r.enlist()
	return !look()
}

// enlist enters r among those that the next event wakes.
func (r *logReader) enlist() {
	// A reader that something else woke may still be in the list, or in one that
	// is being woken at this moment: then it is going to be signalled.
	if r.asleep.Load() {
		return
	}
	r.asleep.Store(true)
	for {
		r.nextSleeper = r.room.sleepers.Load()
		if r.room.sleepers.CompareAndSwap(r.nextSleeper, r) {
			return
		}
	}
}

// isBehind reports whether there is an event past r's cursor.
func (r *logReader) isBehind() bool { return r.lag() > 0 }

// Subscription read the conversations of all rooms as they go on, without being anybody
// there. They have no time limit: where they fall off a ring they learn how
// many events they missed, and go on. One goroutine may
// use them, which must not hold a lock that somebody takes who is called by the house;
// Behind is for any.
type Subscription struct {
	hub      *Hub
	wake     chan struct{} // of all of them
	nextRoom int           // whose turn it is; one that has much to take must not keep others waiting
	priority bool          // they are woken before everybody else

	rooms  []*RoomSubscription // guarded by Hub.mu
	closed []string            // rooms that are no more; so is this
}

// A RoomSubscription reads the conversation of one room in the same way, but does not wait:
// it is for those who look now and then.
type RoomSubscription struct{ logReader }

// SubscribeLobby returns a RoomSubscription of the lobby, from now on.
func (h *Hub) SubscribeLobby() *RoomSubscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	return newRoomSubscription(h.lobbyLocked(), nil)
}

func newRoomSubscription(r *Room, wake chan struct{}) *RoomSubscription {
	sub := &RoomSubscription{logReader{room: r, wake: wake}}
	sub.cursor.Store(r.head.Load())
	return sub
}

// Take appends to buf what has happened since the last Take, up to buf's capacity or
// some 64 KiB of text, and returns how many events left the log before they could be read. It
// takes no lock.
func (sub *RoomSubscription) Take(buf []*Event) (events []*Event, dropped uint64) {
	cursor, end := sub.cursor.Load(), sub.room.head.Load()
	for bytes := 0; cursor < end && len(buf) < cap(buf) && bytes < subscriptionTakeBytes; {
		e, next := sub.room.read(cursor, end)
		if e == nil {
			dropped += next - cursor
		} else {
			buf = append(buf, e)
			bytes += e.textSize()
		}
		cursor = next
	}
	sub.cursor.Store(cursor)
	return buf, dropped
}

// Lag returns how many events there are to take. It takes no lock.
func (sub *RoomSubscription) Lag() uint64 { return sub.lag() }

// lag returns how many events there are past r's cursor. Any goroutine may call
// it.
func (r *logReader) lag() uint64 {
	cursor := r.cursor.Load() // first: head is never before it then
	return r.room.head.Load() - cursor
}

// Subscribe returns Subscription of all rooms, from now on, those to come among them.
func (h *Hub) Subscribe() *Subscription { return h.subscribe(false) }

func (h *Hub) subscribe(ahead bool) *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	sub := &Subscription{hub: h, wake: make(chan struct{}, 1), priority: ahead}
	h.lobbyLocked()
	for _, r := range h.rooms {
		sub.addRoomLocked(r)
	}
	h.subscriptions = append(h.subscriptions, sub)
	return sub
}

func (sub *Subscription) addRoomLocked(r *Room) {
	one := newRoomSubscription(r, sub.wake)
	sub.rooms = append(sub.rooms, one)
	if sub.priority {
		r.priorityReader.Store(&one.logReader)
	}
}

// subscribeRoomLocked has a new room followed.
func (h *Hub) subscribeRoomLocked(r *Room) {
	for _, sub := range h.subscriptions {
		sub.addRoomLocked(r)
		signal(nil, sub.wake)
	}
}

// unsubscribeRoomLocked has a room followed no more, which is closed.
func (h *Hub) unsubscribeRoomLocked(r *Room) {
	for _, sub := range h.subscriptions {
		sub.rooms = slices.DeleteFunc(sub.rooms, func(one *RoomSubscription) bool { return one.room == r })
		sub.closed = append(sub.closed, r.identity.Key)
		signal(nil, sub.wake)
	}
}

func (sub *Subscription) currentRooms() []*RoomSubscription {
	sub.hub.mu.Lock()
	defer sub.hub.mu.Unlock()
	return slices.Clone(sub.rooms)
}

// ClosedRooms returns, once, the names of rooms that are no more.
func (sub *Subscription) ClosedRooms() []string {
	sub.hub.mu.Lock()
	defer sub.hub.mu.Unlock()
	closed := sub.closed
	sub.closed = nil
	return closed
}

// Arm has Woken tell when there is something to take, unless there is already:
// then it reports that, and does nothing.
func (sub *Subscription) Arm() (news bool) {
	for _, one := range sub.currentRooms() {
		news = !one.sleep(one.isBehind) || news
	}
	return news
}

// Ready receives when there may be something to take, after Rest, or a room is
// closed.
func (sub *Subscription) Ready() <-chan struct{} { return sub.wake }

// Wait waits until there is something to take, or a room is closed, or ctx is done,
// whose error it returns.
func (sub *Subscription) Wait(ctx context.Context) error {
	for {
		if sub.Arm() {
			return nil
		}
		select {
		case <-sub.wake:
			if sub.Lag() > 0 || sub.anyClosed() {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (sub *Subscription) anyClosed() bool {
	sub.hub.mu.Lock()
	defer sub.hub.mu.Unlock()
	return len(sub.closed) > 0
}

// Take appends to buf what has happened in one room since the last Take, up to
// buf's capacity or some 64 KiB of text, says in which, and how many events left the log
// before they could be read. It does not wait; it appends nothing, and nothing was dropped,
// when there is nothing left in any room.
func (sub *Subscription) Take(buf []*Event) (room string, events []*Event, dropped uint64) {
	rooms := sub.currentRooms()
	for i := range rooms {
		one := rooms[(sub.nextRoom+i)%len(rooms)]
		if one.Lag() > 0 {
			sub.nextRoom += i + 1
			events, dropped = one.Take(buf)
			return one.room.identity.Key, events, dropped
		}
	}
	return Lobby, buf, 0
}

// TakenUpTo returns the number of the last event of a room that was taken, or not to be
// taken; where there is no such room, that is all. Any goroutine may call it.
func (sub *Subscription) TakenUpTo(room string) uint64 {
	for _, one := range sub.currentRooms() {
		if one.room.identity.Key == room {
			return one.cursor.Load() - 1
		}
	}
	return math.MaxUint64
}

// Lag returns how many events there are to take. Any goroutine may call it.
func (sub *Subscription) Lag() (n uint64) {
	for _, one := range sub.currentRooms() {
		n += one.Lag()
	}
	return n
}

// Headroom returns how many events may happen in any one room before one falls off the
// ring that is still to be taken. Any goroutine may call it.
func (sub *Subscription) Headroom() uint64 {
	least := uint64(lobbyRingSize)
	for _, one := range sub.currentRooms() {
		size := uint64(len(one.room.ring))
		least = min(least, size-min(size, one.Lag()))
	}
	return least
}
