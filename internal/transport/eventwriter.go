package transport

import (
	"sync"
	"time"

	"teahouse/room"
)

const (
	// batchSize is how many events are taken at once.
	batchSize = 256

	// flushSize is how many bytes are gathered before they are written, when
	// more wait than should leave in one write: a client that does not read holds so
	// many, and what was taken last.
	flushSize = 32 << 10
)

// A Batch is what one delivery needs: the events, and what they look like. Its
// zero value is ready. It serves one goroutine at a time, any number of users.
type Batch struct {
	events [batchSize]*room.Event
	lines  []byte

	BatchStats // what is in lines
}

// A BatchStats is what an [Observer] is told of.
type BatchStats struct {
	events    int
	firstSaid time.Time // when the first of them that somebody said was said; zero where there is none
}

// An Observer is told after each write how many events were in it, and how long
// before the first one that was said: 0 where nothing was. Comings and goings do
// not count for that, as they wait for others on purpose. It is called by many
// goroutines, and must not wait.
type Observer func(lag time.Duration, events int)

// Render renders what there is for u, until that is all or enough for one write.
// Show appends events to lines. What Fill returns is good until the next Fill.
func (b *Batch) Render(u *room.Session, show func(lines []byte, events []*room.Event) []byte) (lines []byte) {
	b.lines, b.BatchStats = b.lines[:0], BatchStats{}
	for len(b.lines) < flushSize {
		events := u.Take(b.events[:0])
		if len(events) == 0 {
			break
		}
		b.add(events)
		b.lines = show(b.lines, events)
		clear(events) // keep none alive
	}
	return b.lines
}

// add counts events, before show has them, which may leave some out.
func (s *BatchStats) add(events []*room.Event) {
	s.events += len(events)
	for i := 0; s.firstSaid.IsZero() && i < len(events); i++ {
		if events[i].Kind == room.Said {
			s.firstSaid = events[i].Time
		}
	}
}

// Report tells observe, which may be nil, that the load is written.
func (s *BatchStats) Report(observe Observer) {
	switch {
	case observe == nil || s.events == 0:
	case s.firstSaid.IsZero():
		observe(0, s.events)
	default:
		observe(max(time.Since(s.firstSaid), 1), s.events) // the clock may have been set back
	}
}

// An EventWriter delivers events to the clients of one door. Its zero value is
// ready. What it carries them in is shared by all its clients: those that wait
// for something to happen need none of it.
type EventWriter struct {
	Observe Observer // is told of each write; may be nil

	batches sync.Pool // of *Batch
}

// Deliver takes what there is for u, all of it, renders it with show, which
// appends events to lines, and hands the lines to write: in one piece, unless
// they are more than 32 KiB. It does so until u has left and all has been
// delivered; then it returns the [room.Reason]. After a [room.Session.RequestRefresh] write
// may be handed nothing. When write fails, Deliver returns its error at once.
// It is the loop of a user's writer goroutine.
func (w *EventWriter) Deliver(u *room.Session, show func(lines []byte, events []*room.Event) []byte, write func(lines []byte) error) error {
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
