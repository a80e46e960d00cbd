package room

import "time"

// Memory says how much of what is said a room remembers. What goes beyond any
// of the limits is forgotten, the oldest first.
type Memory struct {
	Lines int           // 0 remembers nothing
	Bytes int           // of text
	Age   time.Duration // 0 is for ever
}

// Recall has a room remember what was said before the process began: [Said]
// events, the oldest first. It must be called before anybody is there.
func (h *House) Recall(room string, said []*Event) {
	_, _ = room, said
}
