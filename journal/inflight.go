package journal

import (
	"math"
	"runtime"

	"teahouse/room"
)

// An inFlight is what the writer has taken and not stored yet.
type inFlight struct {
	room  string
	first uint64 // the number of the first of the events
}

// take takes events of a room, and notes that they are not stored yet. Who asks what is
// stored or behind meanwhile waits for that moment: the events are in neither place.
func (w *writer) take(buf []*room.Event) (name string, events []*room.Event, dropped uint64) {
	w.takeVersion.Add(1)
	defer w.takeVersion.Add(1)
	name, events, dropped = w.subscription.Take(buf)
	w.setInFlight(name, events)
	return name, events, dropped
}

// readStable calls f again while the writer takes something, until it did not.
func (p *progress) readStable(f func()) {
	for {
		before := p.takeVersion.Load()
		f()
		if before%2 == 0 && p.takeVersion.Load() == before {
			return
		}
		runtime.Gosched()
	}
}

// setInFlight notes what the writer is about to store: events of a room, or nothing.
func (p *progress) setInFlight(name string, events []*room.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlightEvents.Store(int64(len(events)))
	p.inFlight = inFlight{}
	for _, e := range events {
		if e.Seq > 0 {
			p.inFlight = inFlight{name, e.Seq}
			return
		}
	}
}

// StoredUpTo returns up to which event of a room, by number, all that happened in this
// process is stored, or is not to be.
func (j *Journal) StoredUpTo(name string) uint64 {
	from := j.subscription.Load()
	if from == nil {
		return math.MaxUint64
	}
	var stored uint64
	j.readStable(func() {
		stored = from.TakenUpTo(name)
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.inFlight.room == name && j.inFlight.first > 0 {
			stored = min(stored, j.inFlight.first-1)
		}
	})
	return stored
}
