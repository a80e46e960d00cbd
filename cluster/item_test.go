package cluster

import "teahouse/room"

// eventOf returns the event that an item is, and one of no kind for a reply.
func eventOf(item room.Item) *room.Event {
	if e, ok := item.(*room.Event); ok {
		return e
	}
	return &room.Event{}
}

// noticeOf returns the notice that an item is, and one that says nothing for others.
func noticeOf(item room.Item) *room.Notice {
	if n, ok := item.(*room.Notice); ok {
		return n
	}
	return &room.Notice{}
}
