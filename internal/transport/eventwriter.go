package transport

import (
	"sync"
	"time"

	"teahouse/room"
)

const (
	// batchSize is the most events that one call of [room.Session.Take] returns.
	batchSize = 256

	// flushSize is how many bytes are gathered before a write when more are waiting. A client
	// that does not read holds up to this much in memory, plus the last batch of events.
	flushSize = 32 << 10
)

// A Batch holds the buffers for one delivery: the events taken and their rendered bytes. The zero
// value is ready to use. One goroutine uses it at a time, for any number of sessions.
type Batch struct {
	items [batchSize]room.Item
	lines []byte

	BatchStats // describes lines
}

// BatchStats is what an [Observer] is told about a write.
type BatchStats struct {
	events    int
	firstSaid time.Time // time of the first Said event; zero if there is none
}

// An Observer is called after each write with the number of events in it and the age of the first
// message among them, or 0 if there was no message. Joins and leaves do not count towards the
// lag, because they are delayed on purpose to be delivered together. An Observer is called from
// many goroutines and must not block.
type Observer func(lag time.Duration, events int)

// Render renders the events that wait for u, all of them or enough for one write. Show appends
// events to lines. The result is valid until the next call of Render.
func (b *Batch) Render(u *room.Session, show func(lines []byte, items []room.Item) []byte) (lines []byte) {
	b.lines, b.BatchStats = b.lines[:0], BatchStats{}
	for len(b.lines) < flushSize {
		items := u.Take(b.items[:0])
		if len(items) == 0 {
			break
		}
		b.add(items)
		b.lines = show(b.lines, items)
		clear(items) // let the events be collected
	}
	return b.lines
}

// add counts events. It is called before show, which may leave some of them out.
func (s *BatchStats) add(items []room.Item) {
	s.events += len(items)
	for i := 0; s.firstSaid.IsZero() && i < len(items); i++ {
		if e, ok := items[i].(*room.Event); ok && e.Kind == room.Said {
			s.firstSaid = e.Time
		}
	}
}

// Report tells observe, which may be nil, that the batch has been written.
func (s *BatchStats) Report(observe Observer) {
	switch {
	case observe == nil || s.events == 0:
	case s.firstSaid.IsZero():
		observe(0, s.events)
	default:
		observe(max(time.Since(s.firstSaid), 1), s.events) // the clock may have been set back
	}
}

// An EventWriter delivers events to all clients of one listener. The zero value is ready to use.
// The clients share its buffers: a client that is waiting for something to happen holds none.
type EventWriter struct {
	Observe Observer // called after each write; may be nil

	batches sync.Pool // of *Batch
}

// Deliver is the loop of a session's writer goroutine. It takes the events that wait for u,
// renders them with show, which appends events to lines, and passes the lines to write: in one
// piece, unless they are more than 32 KiB. After a [room.Session.RequestRefresh] the lines may be
// empty.
//
// Deliver returns when u has left and everything is delivered, with the [room.Reason], or when
// write fails, with its error.
func (w *EventWriter) Deliver(u *room.Session, show func(lines []byte, items []room.Item) []byte, write func(lines []byte) error) error {
	for {
		if err := u.Wait(); err != nil {
			return err
		}
		b, ok := w.batches.Get().(*Batch)
		if !ok {
			b = new(Batch)
		}
		err := write(b.Render(u, show))
		if err == nil {
			b.Report(w.Observe)
		}
		w.batches.Put(b)
		if err != nil {
			return err
		}
	}
}
