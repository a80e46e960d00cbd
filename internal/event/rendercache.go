package event

import (
	"sync"
	"time"
)

const (
	// renderCacheBytes limits the bytes of renderings, and of their events, that a hub keeps for
	// all rooms.
	renderCacheBytes = 16 << 20

	// renderCacheTime is how long a rendering is kept. Only slow readers are further behind than
	// that, and keeping renderings for them would cost the others.
	renderCacheTime = 5 * time.Second

	// renderingOverhead is roughly what a rendering takes besides its bytes, eventOverhead what its
	// event takes besides its text. An event that has left the ring stays in memory as long as its
	// renderings.
	renderingOverhead = 64
	eventOverhead     = 512
)

// A Format is one way to show events: a dialect, a language, a set of colours. Formats are compared
// with ==, so they are usually pointers.
type Format interface {
	// Render returns the event as this Format shows it to everybody, or nil if it does not show it.
	// It must not keep state: any goroutine may call it.
	Render(*Event) []byte
	// Shared reports whether several readers use the Format now, so that keeping its renderings
	// pays off. Any goroutine may call it.
	Shared() bool
}

// A cachedRendering holds an event's bytes in one Format. It is immutable. Renderings form a list:
// there are few Formats, and a short list beats a map.
type cachedRendering struct {
	format Format
	bytes  []byte
	next   *cachedRendering
}

// RenderAs returns the event as v shows it. While the event is new and v is shared, only the first
// call renders it. Callers must not change the bytes, which stay valid as long as somebody holds
// them. If two goroutines are the first at the same time, both may render; either result serves. If
// the rendering is cached, RenderAs takes no lock.
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

// IsCached reports whether the event's rendering in v is kept. Otherwise RenderAs renders it, for
// one reader alone if the event is no longer new.
func (e *Event) IsCached(v Format) bool {
	for r := e.renderings.Load(); r != nil; r = r.next {
		if r.format == v {
			return true
		}
	}
	return false
}

// A RenderCache holds the renderings of a hub's latest events, up to renderCacheBytes and for
// renderCacheTime. Later readers render a dropped event again, each for itself. The zero value is
// ready to use.
type RenderCache struct {
	mu     sync.Mutex
	bytes  int // of all renderings and their events
	events []cachedEvent
	timer  *time.Timer
}

// A cachedEvent is an event with renderings, and since when it has any.
type cachedEvent struct {
	event *Event
	since time.Time
}

// add caches v's rendering of an event, unless the event has expired.
func (c *RenderCache) add(e *Event, v Format, bytes []byte) {
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

func (c *RenderCache) addEventLocked(e *Event) {
	c.events = append(c.events, cachedEvent{e, time.Now()})
	c.bytes += e.TextSize() + eventOverhead
	switch {
	case len(c.events) > 1: // the timer is already set
	case c.timer == nil:
		c.timer = time.AfterFunc(renderCacheTime, c.expire)
	default:
		c.timer.Reset(renderCacheTime)
	}
}

// dropOldestLocked drops the renderings of the oldest event that has any, for good.
func (c *RenderCache) dropOldestLocked() {
	e := c.events[0].event
	c.events[0].event = nil
	c.events = c.events[1:]
	e.evicted = true
	c.bytes -= e.TextSize() + eventOverhead
	for r := e.renderings.Swap(nil); r != nil; r = r.next {
		c.bytes -= cap(r.bytes) + renderingOverhead
	}
}

// expire drops what is older than renderCacheTime.
func (c *RenderCache) expire() {
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

// CacheIn sets the cache for the event's renderings. Nobody else may know of the event yet.
func (e *Event) CacheIn(c *RenderCache) { e.cache = c }
