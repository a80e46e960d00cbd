package room

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Memory says how much of what is said a room remembers. What goes beyond any
// of the limits is forgotten, the oldest first.
type Memory struct {
	Lines int           `json:"Lines"` // 0 remembers nothing
	Bytes int           `json:"Bytes"` // of text; 0 is no limit
	Age   time.Duration `json:"Age"`   // 0 is for ever
}

// In returns how much is remembered of what is said in a room: of the lobby all of that,
// of any other a tenth, as there may be [MostRooms] of those.
func (m Memory) In(room string) Memory {
	if room != Lobby {
		m.Lines = (m.Lines + otherPart - 1) / otherPart
		m.Bytes = (m.Bytes + otherPart - 1) / otherPart
	}
	return m
}

// otherPart is which part of what the lobby remembers any other room does.
const otherPart = 10

// MostRooms is how many rooms there may be beside the lobby.
const MostRooms = 100

// rememberEvery is how many events a room lets pass until it looks which of
// them to remember, where nobody asks before. It is well below the ring's size.
const rememberEvery = 1024

// unstoredSpan is more than what was told and is not stored, such as a topic, can be later
// than what is, where the clock is behind both: then each is a nanosecond later than the
// one before.
const unstoredSpan = time.Second

// A past is what a room remembers of what was said. Comings and goings, of
// which the ring is full on some days, push nothing out of it.
//
// It is a reader of the room's log like others, who reads when somebody wants to
// know, or at least every so many events. The mutex comes after Room.mu in the
// order of locks; it is never held while one waits.
type past struct {
	cursor atomic.Uint64 // up to where in the log it has read

	mu     sync.Mutex
	memory Memory
	lines  []*Event          // what was said, the oldest first; only ever appended to or replaced
	latest map[string]*Event // what was said last under a name, by its key
	bytes  int               // of text in lines
	gone   time.Time         // of the latest line that it does not remember any more
}

// forgotten returns up to when a room remembers not all that was said there in this process
// or recalled by it.
func (r *Room) forgotten() time.Time {
	r.remembered()
	r.past.mu.Lock()
	defer r.past.mu.Unlock()
	return r.past.gone
}

// remembered returns what the room remembers, up to this moment, the oldest
// first. The slice is the caller's to read.
func (r *Room) remembered() []*Event {
	p := &r.past
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readLocked(r)
	return p.lines
}

// Remembered returns what each room remembers of what was said, by the key of its name, the
// oldest first. The slices are for reading.
func (h *House) Remembered() map[string][]*Event {
	h.mu.Lock()
	rooms := maps.Clone(h.rooms)
	h.mu.Unlock()
	said := map[string][]*Event{}
	for name, r := range rooms {
		said[name] = r.remembered()
	}
	return said
}

// lastSaid returns what was said last under a name with a key, or nil.
func (r *Room) lastSaid(key string) *Event {
	p := &r.past
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readLocked(r)
	return p.latest[key]
}

// rememberSome has the past read on when it is far behind.
func (r *Room) rememberSome() {
	if r.head.Load()-r.past.cursor.Load() >= rememberEvery {
		r.remembered()
	}
}

func (p *past) readLocked(r *Room) {
	if p.memory.Lines <= 0 {
		p.cursor.Store(r.head.Load())
		return
	}
	var buf [64]*Event
	end := r.head.Load()
	for cursor := p.cursor.Load(); cursor < end; p.cursor.Store(cursor) {
		var events []*Event
		events, cursor = r.read(buf[:0], followBytes, cursor, end)
		for _, e := range events {
			p.addLocked(e)
		}
	}
	p.forgetOldLocked(time.Now())
}

func (p *past) addLocked(e *Event) {
	switch e.Kind {
	case Said:
		p.lines = append(p.lines, e)
		p.bytes += e.size()
		p.latest[e.Who.key()] = e
	case Forgot:
		p.dropLocked(func(said *Event) bool { return said.Who.Key == e.Who.Key })
	}
}

func (p *past) dropLocked(drop func(*Event) bool) {
	p.lines = slices.DeleteFunc(slices.Clone(p.lines), drop)
	p.bytes = 0
	clear(p.latest)
	for _, said := range p.lines {
		p.bytes += said.size()
		p.latest[said.Who.key()] = said
	}
}

// forgetBefore has a room forget what somebody said before a moment.
func (r *Room) forgetBefore(who *Who, t time.Time) {
	r.remembered()
	r.past.mu.Lock()
	defer r.past.mu.Unlock()
	r.past.dropLocked(func(said *Event) bool { return said.Who.Key == who.Key && !said.Time.After(t) })
}

// forgetOldLocked drops what is beyond the limits at a moment.
func (p *past) forgetOldLocked(now time.Time) {
	m := p.memory
	for len(p.lines) > 0 && (len(p.lines) > m.Lines ||
		m.Bytes > 0 && p.bytes > m.Bytes ||
		m.Age > 0 && now.Sub(p.lines[0].Time) > m.Age) {
		oldest := p.lines[0]
		p.bytes -= oldest.size()
		p.gone = oldest.Time
		if key := oldest.Who.key(); p.latest[key] == oldest {
			delete(p.latest, key)
		}
		p.lines = p.lines[1:]
	}
}

// Recall has a room remember what was said before the process began: [Said]
// events, the oldest first. Latest is when something happened there last, as far as that
// is stored. It must be called before anybody is there, and after [House.Open], which
// says what rooms there are, and since when. What was said before a room was founded is
// left out.
func (h *House) Recall(room string, said []*Event, latest time.Time) {
	if n := len(said); n > 0 && said[n-1].Time.After(latest) {
		latest = said[n-1].Time
	}
	if latest.After(time.Now()) {
		latest = latest.Add(unstoredSpan)
	}
	if isTooLate(latest) { // it is nobody's clock, and what comes is to be kept
		latest = time.Time{}
	}
	h.mu.Lock()
	h.lobbyLocked()
	r := h.rooms[room]
	if r != nil {
		said = slices.DeleteFunc(said, r.isBeforeLocked)
	} else { // it was closed
		h.endLocked(0, latest)
	}
	h.mu.Unlock()
	if r == nil {
		return
	}
	r.mu.Lock()
	if latest.After(r.last) {
		r.last = latest // what comes is later than what was
	}
	r.numberLocked(said)
	r.mu.Unlock()
	shareSpeakers(said)
	p := &r.past
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range said {
		e.Who = mendWho(e.Who)
		p.addLocked(e)
	}
	p.forgetOldLocked(time.Now())
	p.noteUnrecalledLocked()
}

// noteUnrecalledLocked notes what must be gone of what was said before the process began: of
// that the store has no more than fits.
func (p *past) noteUnrecalledLocked() {
	m := p.memory
	if m.Age > 0 {
		p.gone = later(p.gone, time.Now().Add(-m.Age))
	}
	if n := len(p.lines); n > 0 && (n >= m.Lines || m.Bytes > 0 && p.bytes > m.Bytes-MaxText) {
		p.gone = later(p.gone, p.lines[0].Time.Add(-1))
	}
}

// shareSpeakers has all lines of one person have one Who, whose name is folded once.
func shareSpeakers(said []*Event) {
	known := map[Who]*Who{}
	for _, e := range said {
		who := known[*e.Who]
		if who == nil {
			shared := *e.Who
			shared.folded = foldName(shared.Name)
			who = &shared
			known[*e.Who] = who
		}
		e.Who = who
	}
}

// numberLocked gives lines of before their place in the room's order, so that one
// can ask for them by it. They are not in the ring, which begins after them.
func (r *Room) numberLocked(said []*Event) {
	next := r.head.Load()
	for _, e := range said {
		e.Seq = next
		next++
	}
	r.tail.Store(next)
	r.head.Store(next)
	r.past.cursor.Store(next)
}
