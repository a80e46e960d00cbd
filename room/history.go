package room

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
)

// HistoryLimits says how much of what is said a room remembers. What goes beyond any
// of the limits is forgotten, the oldest first.
type HistoryLimits struct {
	Lines int           `json:"Lines"` // 0 remembers nothing
	Bytes int           `json:"Bytes"` // of text; 0 is no limit
	Age   time.Duration `json:"Age"`   // 0 is for ever
}

// ForRoom returns how much is remembered of what is said in a room: of the lobby all of that,
// of any other a tenth, as there may be [MaxRooms] of those.
func (l HistoryLimits) ForRoom(room string) HistoryLimits {
	if room != Lobby {
		l.Lines = (l.Lines + lobbyShare - 1) / lobbyShare
		l.Bytes = (l.Bytes + lobbyShare - 1) / lobbyShare
	}
	return l
}

// lobbyShare is which part of what the lobby remembers any other room does.
const lobbyShare = 10

// MaxRooms is how many rooms there may be beside the lobby.
const MaxRooms = 100

// historyReadInterval is how many events a room lets pass until it looks which of
// them to remember, where nobody asks before. It is well below the ring's size.
const historyReadInterval = 1024

// unstoredMargin is more than what was told and is not stored, such as a topic, can be later
// than what is, where the clock is behind both: then each is a nanosecond later than the
// one before.
const unstoredMargin = time.Second

// A history is what a room remembers of what was said. Comings and goings, of
// which the ring is full on some days, push nothing out of it.
//
// It is a reader of the room's log like others, who reads when somebody wants to
// know, or at least every so many events. The mutex comes after Room.mu in the
// order of locks; it is never held while one waits.
type history struct {
	cursor atomic.Uint64 // up to where in the log it has read

	mu            sync.Mutex
	limits        HistoryLimits
	lines         []*Event          // what was said, the oldest first; only ever appended to or replaced
	lastByName    map[string]*Event // what was said last under a name, by its key
	bytes         int               // of text in lines
	forgottenUpTo time.Time         // of the latest line that it does not remember any more
}

// forgottenUpTo returns up to when a room remembers not all that was said there in this process
// or recalled by it.
func (r *Room) forgottenUpTo() time.Time {
	r.pastLines()
	r.history.mu.Lock()
	defer r.history.mu.Unlock()
	return r.history.forgottenUpTo
}

// pastLines returns what the room remembers, up to this moment, the oldest
// first. The slice is the caller's to read.
func (r *Room) pastLines() []*Event {
	p := &r.history
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked(r)
	return p.lines
}

// History returns what each room remembers of what was said, by the key of its name, the
// oldest first. The slices are for reading.
func (h *Hub) History() map[string][]*Event {
	h.mu.Lock()
	rooms := maps.Clone(h.rooms)
	h.mu.Unlock()
	said := map[string][]*Event{}
	for name, r := range rooms {
		said[name] = r.pastLines()
	}
	return said
}

// lastLineBy returns what was said last under a name with a key, or nil.
func (r *Room) lastLineBy(key string) *Event {
	p := &r.history
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked(r)
	return p.lastByName[key]
}

// advanceHistory has the past read on when it is far behind.
func (r *Room) advanceHistory() {
	if r.head.Load()-r.history.cursor.Load() >= historyReadInterval {
		r.pastLines()
	}
}

func (h *history) catchUpLocked(r *Room) {
	if h.limits.Lines <= 0 {
		h.cursor.Store(r.head.Load())
		return
	}
	end := r.head.Load()
	for cursor := h.cursor.Load(); cursor < end; h.cursor.Store(cursor) {
		var e *Event
		if e, cursor = r.read(cursor, end); e != nil {
			h.addLocked(e)
		}
	}
	h.trimLocked(time.Now())
}

func (h *history) addLocked(e *Event) {
	switch e.Kind {
	case Said:
		h.lines = append(h.lines, e)
		h.bytes += e.textSize()
		h.lastByName[e.User.nameKey()] = e
	case Forgot:
		h.deleteLocked(func(said *Event) bool { return said.User.Person == e.User.Person })
	}
}

func (h *history) deleteLocked(drop func(*Event) bool) {
	h.lines = slices.DeleteFunc(slices.Clone(h.lines), drop)
	h.bytes = 0
	clear(h.lastByName)
	for _, said := range h.lines {
		h.bytes += said.textSize()
		h.lastByName[said.User.nameKey()] = said
	}
}

// eraseBefore has a room forget what somebody said before a moment.
func (r *Room) eraseBefore(who *UserInfo, t time.Time) {
	r.pastLines()
	r.history.mu.Lock()
	defer r.history.mu.Unlock()
	r.history.deleteLocked(func(said *Event) bool { return said.User.Person == who.Person && !said.Time.After(t) })
}

// trimLocked drops what is beyond the limits at a moment.
func (h *history) trimLocked(now time.Time) {
	m := h.limits
	for len(h.lines) > 0 && (len(h.lines) > m.Lines ||
		m.Bytes > 0 && h.bytes > m.Bytes ||
		m.Age > 0 && now.Sub(h.lines[0].Time) > m.Age) {
		oldest := h.lines[0]
		h.bytes -= oldest.textSize()
		h.forgottenUpTo = oldest.Time
		if key := oldest.User.nameKey(); h.lastByName[key] == oldest {
			delete(h.lastByName, key)
		}
		h.lines = h.lines[1:]
	}
}

// LoadHistory has a room remember what was said before the process began: [Said]
// events, the oldest first. Latest is when something happened there last, as far as that
// is stored. It must be called before anybody is there, and after [Hub.Load], which
// says what rooms there are, and since when. What was said before a room was founded is
// left out.
func (h *Hub) LoadHistory(room string, said []*Event, latest time.Time) {
	if n := len(said); n > 0 && said[n-1].Time.After(latest) {
		latest = said[n-1].Time
	}
	if latest.After(time.Now()) {
		latest = latest.Add(unstoredMargin)
	}
	if sanitize.IsTooLate(latest) { // it is nobody's clock, and what comes is to be kept
		latest = time.Time{}
	}
	h.mu.Lock()
	h.lobbyLocked()
	r := h.rooms[room]
	if r != nil {
		said = slices.DeleteFunc(said, r.predatesRoomLocked)
	} else { // it was closed
		h.noteClosedLocked(0, latest)
	}
	h.mu.Unlock()
	if r == nil {
		return
	}
	r.mu.Lock()
	if latest.After(r.lastTime) {
		r.lastTime = latest // what comes is later than what was
	}
	r.numberPastLocked(said)
	r.mu.Unlock()
	shareUserInfos(said)
	p := &r.history
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range said {
		e.User = repairUserInfo(e.User)
		p.addLocked(e)
	}
	p.trimLocked(time.Now())
	p.noteTrimmedLocked()
}

// noteTrimmedLocked notes what must be gone of what was said before the process began: of
// that the store has no more than fits.
func (h *history) noteTrimmedLocked() {
	m := h.limits
	if m.Age > 0 {
		h.forgottenUpTo = laterTime(h.forgottenUpTo, time.Now().Add(-m.Age))
	}
	if n := len(h.lines); n > 0 && (n >= m.Lines || m.Bytes > 0 && h.bytes > m.Bytes-text.MaxBytes) {
		h.forgottenUpTo = laterTime(h.forgottenUpTo, h.lines[0].Time.Add(-1))
	}
}

// shareUserInfos has all lines of one person have one Who, whose name is folded once.
func shareUserInfos(said []*Event) {
	known := map[UserInfo]*UserInfo{}
	for _, e := range said {
		who := known[*e.User]
		if who == nil {
			shared := *e.User
			shared.folded = names.Fold(shared.Name)
			who = &shared
			known[*e.User] = who
		}
		e.User = who
	}
}

// numberPastLocked gives lines of before their place in the room's order, so that one
// can ask for them by it. They are not in the ring, which begins after them.
func (r *Room) numberPastLocked(said []*Event) {
	next := r.head.Load()
	for _, e := range said {
		e.Seq = next
		next++
	}
	r.tail.Store(next)
	r.head.Store(next)
	r.history.cursor.Store(next)
}
