package room

import (
	"context"
	"math"
	"slices"

	"teahouse/internal/eventlog"
)

// A Subscription reads the logs of all rooms without being a member of any. It has no time limit:
// if it falls off a ring, it learns how many events it missed, and goes on. One goroutine uses it,
// which must not hold a lock that the hub's callbacks take. Lag, Headroom and TakenUpTo may be
// called from any goroutine.
type Subscription struct {
	hub      *Hub
	wake     chan struct{} // shared by all its rooms
	nextRoom int           // whose turn it is, so that a busy room does not keep others waiting
	priority bool          // woken before all other readers

	rooms  []*RoomSubscription // guarded by Hub.mu
	closed []string            // keys of rooms that were closed; guarded by Hub.mu
}

// A RoomSubscription reads the log of one room in the same way, but cannot wait: it is for callers
// that look now and then.
type RoomSubscription struct {
	eventlog.Reader
	room *Room
}

// SubscribeLobby returns a RoomSubscription of the lobby that starts now.
func (h *Hub) SubscribeLobby() *RoomSubscription {
	st := h.Lock()
	defer st.Unlock()
	return newRoomSubscription(st.Rooms.Lobby(), nil)
}

func newRoomSubscription(r *Room, wake chan struct{}) *RoomSubscription {
	sub := &RoomSubscription{eventlog.Reader{Log: r.Log, Woken: wake}, r}
	sub.SetCursor(r.Head())
	return sub
}

// Take appends to buf what has happened since the last Take, up to buf's capacity or about 64 KiB
// of text. It also returns how many events left the ring before they could be read. It takes no
// lock.
func (sub *RoomSubscription) Take(buf []*Event) (events []*Event, dropped uint64) {
	return sub.Reader.Take(buf, subscriptionTakeBytes)
}

// Subscribe returns a Subscription of all rooms, including later ones, that starts now.
func (h *Hub) Subscribe() *Subscription { return subscribe(h, false) }

// SubscribeFirst is Subscribe for a reader that is woken before all others.
func (h *Hub) SubscribeFirst() *Subscription { return subscribe(h, true) }

func subscribe(h *Hub, ahead bool) *Subscription {
	st := h.Lock()
	defer st.Unlock()
	sub := &Subscription{hub: h, wake: make(chan struct{}, 1), priority: ahead}
	st.Rooms.Lobby()
	for _, r := range st.Rooms.ByKey {
		sub.addRoomLocked(r)
	}
	st.Rooms.subscriptions = append(st.Rooms.subscriptions, sub)
	return sub
}

func (sub *Subscription) addRoomLocked(r *Room) {
	one := newRoomSubscription(r, sub.wake)
	sub.rooms = append(sub.rooms, one)
	if sub.priority {
		r.SetFirst(&one.Reader)
	}
}

// subscribe adds a new room to all subscriptions.
func (rs *Rooms) subscribe(r *Room) {
	for _, sub := range rs.subscriptions {
		sub.addRoomLocked(r)
		eventlog.Signal(nil, sub.wake)
	}
}

// unsubscribe removes a closed room from all subscriptions.
func (rs *Rooms) unsubscribe(r *Room) {
	for _, sub := range rs.subscriptions {
		sub.rooms = slices.DeleteFunc(sub.rooms, func(one *RoomSubscription) bool { return one.room == r })
		sub.closed = append(sub.closed, r.Identity.Key)
		eventlog.Signal(nil, sub.wake)
	}
}

func (sub *Subscription) currentRooms() []*RoomSubscription {
	st := sub.hub.Lock()
	defer st.Unlock()
	return slices.Clone(sub.rooms)
}

// ClosedRooms returns, once, the keys of rooms that were closed.
func (sub *Subscription) ClosedRooms() []string {
	st := sub.hub.Lock()
	defer st.Unlock()
	closed := sub.closed
	sub.closed = nil
	return closed
}

// Arm makes Ready receive when there is something to take. If there already is, it returns true
// instead.
func (sub *Subscription) Arm() (news bool) {
	for _, one := range sub.currentRooms() {
		news = !one.Sleep(one.IsBehind) || news
	}
	return news
}

// Ready returns a channel that receives, after Arm, when there may be something to take, a room
// was closed, or Signal was called.
func (sub *Subscription) Ready() <-chan struct{} { return sub.wake }

// Signal makes Ready receive. Any goroutine may call it, with or without the lock.
func (sub *Subscription) Signal() { eventlog.Signal(nil, sub.wake) }

// Wait waits until there is something to take or a room was closed. If ctx ends first, it returns
// the error of ctx.
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
	st := sub.hub.Lock()
	defer st.Unlock()
	return len(sub.closed) > 0
}

// Take appends to buf what has happened in one room since the last Take, up to buf's capacity or
// about 64 KiB of text. It also returns the room's key, and how many events left the ring before
// they could be read. It does not wait; if there is nothing left in any room, it appends and drops
// nothing.
func (sub *Subscription) Take(buf []*Event) (room string, events []*Event, dropped uint64) {
	rooms := sub.currentRooms()
	for i := range rooms {
		one := rooms[(sub.nextRoom+i)%len(rooms)]
		if one.Lag() > 0 {
			sub.nextRoom += i + 1
			events, dropped = one.Take(buf)
			return one.room.Identity.Key, events, dropped
		}
	}
	return Lobby, buf, 0
}

// TakenUpTo returns the sequence number of the last event of a room that was taken or dropped. If
// there is no such room, that is all events. Any goroutine may call it.
func (sub *Subscription) TakenUpTo(room string) uint64 {
	for _, one := range sub.currentRooms() {
		if one.room.Identity.Key == room {
			return one.Cursor() - 1
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

// Headroom returns how many more events may happen in any one room before an untaken one falls off
// the ring. Any goroutine may call it.
func (sub *Subscription) Headroom() uint64 {
	least := uint64(LobbyRingSize)
	for _, one := range sub.currentRooms() {
		size := uint64(one.room.Size())
		least = min(least, size-min(size, one.Lag()))
	}
	return least
}
