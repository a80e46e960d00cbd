package journal

import "teahouse/room"

// A keeping is what the writer has taken and not stored yet.
type keeping struct {
	room  string
	first uint64 // the number of the first of the events
}

// keepFrom notes what the writer is about to store: events of a room, or nothing.
func (j *Journal) keepFrom(name string, events []*room.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.keeping = keeping{}
	for _, e := range events {
		if e.Seq > 0 {
			j.keeping = keeping{name, e.Seq}
			return
		}
	}
}

// Stored returns up to which event of a room, by number, all that happened in this
// process is stored.
func (j *Journal) Stored(name string) uint64 {
	from := j.from.Load()
	if from == nil {
		return 0
	}
	taken := from.Taken(name)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.keeping.room == name && j.keeping.first > 0 {
		return min(taken, j.keeping.first-1)
	}
	return taken
}
