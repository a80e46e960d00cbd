package roomtest

import (
	"strings"

	"teahouse/room"
)

func Words(events []*room.Event) string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = Describe(e)
	}
	return strings.Join(list, "; ")
}

// Recalled returns what a room remembers, a word for each line.
func Recalled(h *room.Hub) string {
	st := h.Lock()
	r := st.Rooms.Lobby()
	st.Unlock()
	return Words(r.PastLines())
}
