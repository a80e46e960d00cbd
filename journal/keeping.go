package journal

import (
	"math"
	"runtime"

	"teahouse/room"
)

// A keeping is what the writer has taken and not stored yet.
type keeping struct {
	room  string
	first uint64 // the number of the first of the events
}

// take takes events of a room, and notes that they are not stored yet. Who asks what is
// stored or behind meanwhile waits for that moment: the events are in neither place.
func (w *writer) take(buf []*room.Event) (name string, events []*room.Event) {
	w.taking.Add(1)
	defer w.taking.Add(1)
	name, events = w.from.Take(buf)
	w.keepFrom(name, events)
	return name, events
}

// settled calls f again while the writer takes something, until it did not.
func (j *Journal) settled(f func()) {
	for {
		before := j.taking.Load()
		f()
		if before%2 == 0 && j.taking.Load() == before {
			return
		}
		runtime.Gosched()
	}
}

// keepFrom notes what the writer is about to store: events of a room, or nothing.
func (j *Journal) keepFrom(name string, events []*room.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.storing.Store(int64(len(events)))
	j.keeping = keeping{}
	for _, e := range events {
		if e.Seq > 0 {
			j.keeping = keeping{name, e.Seq}
			return
		}
	}
}

// Stored returns up to which event of a room, by number, all that happened in this
// process is stored, or is not to be.
func (j *Journal) Stored(name string) uint64 {
	from := j.from.Load()
	if from == nil {
		return math.MaxUint64
	}
	var stored uint64
	j.settled(func() {
		stored = from.Taken(name)
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.keeping.room == name && j.keeping.first > 0 {
			stored = min(stored, j.keeping.first-1)
		}
	})
	return stored
}
