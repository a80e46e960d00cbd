package journal

import (
	"math"
	"runtime"

	"teahouse/internal/ids"
	"teahouse/room"
)

// An inFlight holds the events that the writer has taken and not stored yet.
type inFlight struct {
	room  ids.Room
	first uint64 // sequence number of the first event
}

// take takes events of a room and marks them as in flight. While it moves them they are in
// neither place; readStable retries readers that look at that moment.
func (w *writer) take(buf []*room.Event) (name ids.Room, events []*room.Event, dropped uint64) {
	w.takeVersion.Add(1)
	defer w.takeVersion.Add(1)
	name, events, dropped = w.subscription.Take(buf)
	w.setInFlight(name, events)
	return name, events, dropped
}

// readStable calls f, and calls it again if the writer took events meanwhile.
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

// setInFlight sets the events of a room that the writer is about to store; none clears them.
func (p *progress) setInFlight(name ids.Room, events []*room.Event) {
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

// StoredUpTo returns the sequence number up to which all events of a room that happened in this
// process are stored, or need not be.
func (j *Journal) StoredUpTo(name ids.Room) uint64 {
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
