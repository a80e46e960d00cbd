package room

import (
	"sync"
	"time"
)

const (
	// renderedBytes is how many bytes of renderings, and of their events, a house keeps, of
	// all its rooms.
	renderedBytes = 16 << 20

	// renderedFor is for how long. Readers are that far apart only where some are slow,
	// and those would keep it all for the others' sake.
	renderedFor = 5 * time.Second

	// renderedSize is what a rendering takes beside its bytes, about, and eventSize what its
	// event does beside its text. What has left the ring stays for its renderings.
	renderedSize = 64
	eventSize    = 512
)

// A Voice is one way of showing events: a dialect, a language, a set of
// colours. Voices are compared with ==, so they are pointers as a rule.
type Voice interface {
	// Render returns the event as this voice shows it to everybody, or nothing
	// where it does not. It must not keep state: any goroutine may call it.
	Render(*Event) []byte
	// Shared reports whether more than one reader has the voice now, so that it is
	// worth keeping what it renders. Any goroutine may call it.
	Shared() bool
}

// rendering is an event's bytes in one voice. It is immutable. Renderings form a list
// because there are few voices, and a short list beats a map.
type rendering struct {
	voice Voice
	bytes []byte
	next  *rendering
}

// As returns the event as v shows it. While it is new and v is shared, it is rendered at
// the first call, and not again: callers must not change the bytes, which stay what they
// are for as long as somebody holds them. Two goroutines that ask first at the same time
// may both render; either result serves. It takes no lock where others have asked.
func (e *Event) As(v Voice) []byte {
	for r := e.renderings.Load(); r != nil; r = r.next {
		if r.voice == v {
			return r.bytes
		}
	}
	bytes := v.Render(e)
	if e.kept != nil && v.Shared() {
		e.kept.keep(e, v, bytes)
	}
	return bytes
}

// IsAtHand reports whether the event was rendered in v's way and that is kept. Else As
// renders it, for one reader alone where others have passed.
func (e *Event) IsAtHand(v Voice) bool {
	for r := e.renderings.Load(); r != nil; r = r.next {
		if r.voice == v {
			return true
		}
	}
	return false
}

// renderings are those that a house keeps: of its latest events, up to renderedBytes and
// for renderedFor. What is dropped is rendered again for those who come to it later, each
// for itself. Its zero value is ready.
type renderings struct {
	mu     sync.Mutex
	bytes  int // of all of them, and of their events
	events []renderedEvent
	timer  *time.Timer
}

// A renderedEvent is an event that has renderings, since a moment.
type renderedEvent struct {
	event *Event
	since time.Time
}

// keep has v's rendering of an event shared with others, unless its time is over.
func (rs *renderings) keep(e *Event, v Voice, bytes []byte) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	first := e.renderings.Load()
	for r := first; r != nil; r = r.next {
		if r.voice == v {
			return
		}
	}
	if e.passed {
		return
	}
	if first == nil {
		rs.addLocked(e)
	}
	e.renderings.Store(&rendering{voice: v, bytes: bytes, next: first})
	rs.bytes += cap(bytes) + renderedSize
	for rs.bytes > renderedBytes {
		rs.dropLocked()
	}
}

func (rs *renderings) addLocked(e *Event) {
	rs.events = append(rs.events, renderedEvent{e, time.Now()})
	rs.bytes += e.size() + eventSize
	switch {
	case len(rs.events) > 1: // it is set already
	case rs.timer == nil:
		rs.timer = time.AfterFunc(renderedFor, rs.expire)
	default:
		rs.timer.Reset(renderedFor)
	}
}

// dropLocked drops the renderings of the oldest event that has any, for good.
func (rs *renderings) dropLocked() {
	e := rs.events[0].event
	rs.events[0].event = nil
	rs.events = rs.events[1:]
	e.passed = true
	rs.bytes -= e.size() + eventSize
	for r := e.renderings.Swap(nil); r != nil; r = r.next {
		rs.bytes -= cap(r.bytes) + renderedSize
	}
}

// expire drops what is older than renderedFor.
func (rs *renderings) expire() {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for len(rs.events) > 0 {
		if left := renderedFor - time.Since(rs.events[0].since); left > 0 {
			rs.timer.Reset(left)
			return
		}
		rs.dropLocked()
	}
	rs.events = nil
}
