package room

import (
	"sync"
	"time"
)

const (
	// renderCacheBytes is how many bytes of renderings, and of their events, a house keeps, of
	// all its rooms.
	renderCacheBytes = 16 << 20

	// renderCacheTime is for how long. Readers are that far apart only where some are slow,
	// and those would keep it all for the others' sake.
	renderCacheTime = 5 * time.Second

	// renderingOverhead is what a rendering takes beside its bytes, about, and eventOverhead what its
	// event does beside its text. What has left the ring stays for its renderings.
	renderingOverhead = 64
	eventOverhead     = 512
)

// A Format is one way of showing events: a dialect, a language, a set of
// colours. Voices are compared with ==, so they are pointers as a rule.
type Format interface {
	// Render returns the event as this voice shows it to everybody, or nothing
	// where it does not. It must not keep state: any goroutine may call it.
	Render(*Event) []byte
	// Shared reports whether more than one reader has the voice now, so that it is
	// worth keeping what it renders. Any goroutine may call it.
	Shared() bool
}

// cachedRendering is an event's bytes in one voice. It is immutable. Renderings form a list
// because there are few voices, and a short list beats a map.
type cachedRendering struct {
	format Format
	bytes  []byte
	next   *cachedRendering
}

// RenderAs returns the event as v shows it. While it is new and v is shared, it is rendered at
// the first call, and not again: callers must not change the bytes, which stay what they
// are for as long as somebody holds them. Two goroutines that ask first at the same time
// may both render; either result serves. It takes no lock where others have asked.
func (e *Event) RenderAs(v Format) []byte {
	for r := e.renderings.Load(); r != nil; r = r.next {
		if r.format == v {
			return r.bytes
		}
	}
	bytes := v.Render(e)
	if e.cache != nil && v.Shared() {
		e.cache.add(e, v, bytes)
	}
	return bytes
}

// IsCached reports whether the event was rendered in v's way and that is kept. Else As
// renders it, for one reader alone where others have passed.
func (e *Event) IsCached(v Format) bool {
	for r := e.renderings.Load(); r != nil; r = r.next {
		if r.format == v {
			return true
		}
	}
	return false
}

// renderCache are those that a house keeps: of its latest events, up to renderCacheBytes and
// for renderCacheTime. What is dropped is rendered again for those who come to it later, each
// for itself. Its zero value is ready.
type renderCache struct {
	mu     sync.Mutex
	bytes  int // of all of them, and of their events
	events []cachedEvent
	timer  *time.Timer
}

// A cachedEvent is an event that has renderings, since a moment.
type cachedEvent struct {
	event *Event
	since time.Time
}

// add has v's rendering of an event shared with others, unless its time is over.
func (c *renderCache) add(e *Event, v Format, bytes []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := e.renderings.Load()
	for r := first; r != nil; r = r.next {
		if r.format == v {
			return
		}
	}
	if e.evicted {
		return
	}
	if first == nil {
		c.addEventLocked(e)
	}
	e.renderings.Store(&cachedRendering{format: v, bytes: bytes, next: first})
	c.bytes += cap(bytes) + renderingOverhead
	for c.bytes > renderCacheBytes {
		c.dropOldestLocked()
	}
}

func (c *renderCache) addEventLocked(e *Event) {
	c.events = append(c.events, cachedEvent{e, time.Now()})
	c.bytes += e.textSize() + eventOverhead
	switch {
	case len(c.events) > 1: // it is set already
	case c.timer == nil:
		c.timer = time.AfterFunc(renderCacheTime, c.expire)
	default:
		c.timer.Reset(renderCacheTime)
	}
}

// dropOldestLocked drops the renderings of the oldest event that has any, for good.
func (c *renderCache) dropOldestLocked() {
	e := c.events[0].event
	c.events[0].event = nil
	c.events = c.events[1:]
	e.evicted = true
	c.bytes -= e.textSize() + eventOverhead
	for r := e.renderings.Swap(nil); r != nil; r = r.next {
		c.bytes -= cap(r.bytes) + renderingOverhead
	}
}

// expire drops what is older than renderCacheTime.
func (c *renderCache) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.events) > 0 {
		if left := renderCacheTime - time.Since(c.events[0].since); left > 0 {
			c.timer.Reset(left)
			return
		}
		c.dropOldestLocked()
	}
	c.events = nil
}
