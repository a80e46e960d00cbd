package room

import "teahouse/internal/eventlog"

// A Subscription reads the logs of all rooms; see [eventlog.Subscription].
type Subscription = eventlog.Subscription

// SubscribeLobby returns a reader of the lobby that starts now.
func (h *Hub) SubscribeLobby() *eventlog.Tail {
	st := h.Lock()
	defer st.Unlock()
	return eventlog.NewTail(st.Rooms.Lobby().Log)
}

// Subscribe returns a Subscription of all rooms, including later ones, that starts now.
func (h *Hub) Subscribe() *Subscription { return subscribe(h, false) }

// SubscribeFirst is Subscribe for a reader that is woken before all others.
func (h *Hub) SubscribeFirst() *Subscription { return subscribe(h, true) }

func subscribe(h *Hub, first bool) *Subscription {
	st := h.Lock()
	defer st.Unlock()
	sub := eventlog.NewSubscription(first)
	st.Rooms.Lobby()
	for key, r := range st.Rooms.ByID {
		sub.Add(key, r.Log)
	}
	st.Rooms.subscriptions = append(st.Rooms.subscriptions, sub)
	return sub
}

// subscribe adds a new room to all subscriptions.
func (rs *Rooms) subscribe(r *Room) {
	for _, sub := range rs.subscriptions {
		sub.Add(r.ID, r.Log)
	}
}

// unsubscribe removes a closed room from all subscriptions.
func (rs *Rooms) unsubscribe(r *Room) {
	for _, sub := range rs.subscriptions {
		sub.Remove(r.ID, r.Log)
	}
}
