package room

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
)

// HistoryLimits limits how much of what was said a room remembers. Whatever exceeds any of the
// limits is forgotten, oldest first.
type HistoryLimits struct {
	Lines int           `json:"Lines"` // 0 remembers nothing
	Bytes int           `json:"Bytes"` // of text; 0 means no limit
	Age   time.Duration `json:"Age"`   // 0 means no limit
}

// ForRoom returns the limits for one room: all of l for the lobby, a tenth of it for any other
// room, since there may be [MaxRooms] of those.
func (l HistoryLimits) ForRoom(room string) HistoryLimits {
	if room != Lobby {
		l.Lines = (l.Lines + lobbyShare - 1) / lobbyShare
		l.Bytes = (l.Bytes + lobbyShare - 1) / lobbyShare
	}
	return l
}

// lobbyShare is by how much the limits of other rooms are smaller than the lobby's.
const lobbyShare = 10

// MaxRooms is how many rooms there may be besides the lobby.
const MaxRooms = 100

// HistoryReadInterval is after how many events at most the history reads the room's log. It is well
// below the ring's size.
const HistoryReadInterval = 1024

// unstoredMargin is larger than the time by which an event that is not stored, such as a topic
// change, can be later than one that is. While the clock is behind, each event is a nanosecond
// later than the one before.
const unstoredMargin = time.Second

// A history is what a room remembers of what was said. Joins and leaves, which fill the ring on
// some days, never push messages out of it.
//
// It reads the room's log like any other reader: when somebody asks for it, and at least every
// HistoryReadInterval events. Its mutex comes after Room.mu in the lock order and is never held
// while waiting.
type history struct {
	cursor atomic.Uint64 // how far it has read the log

	mu            sync.Mutex
	limits        HistoryLimits
	lines         []*Event          // what was said, oldest first; only ever appended to or replaced
	lastByName    map[string]*Event // the last line said under each name, by its key
	bytes         int               // of text in lines
	forgottenUpTo time.Time         // the time of the latest line that was forgotten
}

// ForgottenUpTo returns the time up to which the room does not remember everything that was said in
// this process or loaded by it.
func (r *Room) ForgottenUpTo() time.Time {
	r.PastLines()
	r.history.mu.Lock()
	defer r.history.mu.Unlock()
	return r.history.forgottenUpTo
}

// PastLines returns what the room remembers up to now, oldest first. The caller must not change the
// slice.
func (r *Room) PastLines() []*Event {
	p := &r.history
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked(r)
	return p.lines
}

// History returns what each room remembers, oldest first, by the key of the room's name. The caller
// must not change the slices.
func (h *Hub) History() map[string][]*Event {
	st := h.Lock()
	rooms := maps.Clone(st.Rooms.ByKey)
	st.Unlock()
	said := map[string][]*Event{}
	for name, r := range rooms {
		said[name] = r.PastLines()
	}
	return said
}

// LastLineBy returns the last line said under the name with a key, or nil.
func (r *Room) LastLineBy(key string) *Event {
	p := &r.history
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked(r)
	return p.lastByName[key]
}

// advanceHistory makes the history read on if it is far behind.
func (r *Room) advanceHistory() {
	if r.head.Load()-r.history.cursor.Load() >= HistoryReadInterval {
		r.PastLines()
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
		h.bytes += e.TextSize()
		h.lastByName[e.User.NameKey()] = e
	case Forgot:
		h.deleteLocked(func(said *Event) bool { return said.User.Person == e.User.Person })
	}
}

func (h *history) deleteLocked(drop func(*Event) bool) {
	h.lines = slices.DeleteFunc(slices.Clone(h.lines), drop)
	h.bytes = 0
	clear(h.lastByName)
	for _, said := range h.lines {
		h.bytes += said.TextSize()
		h.lastByName[said.User.NameKey()] = said
	}
}

// eraseBefore makes the room forget what somebody said before a moment.
func (r *Room) eraseBefore(who *UserInfo, t time.Time) {
	r.PastLines()
	r.history.mu.Lock()
	defer r.history.mu.Unlock()
	r.history.deleteLocked(func(said *Event) bool { return said.User.Person == who.Person && !said.Time.After(t) })
}

// trimLocked drops what exceeds the limits at the time now.
func (h *history) trimLocked(now time.Time) {
	m := h.limits
	for len(h.lines) > 0 && (len(h.lines) > m.Lines ||
		m.Bytes > 0 && h.bytes > m.Bytes ||
		m.Age > 0 && now.Sub(h.lines[0].Time) > m.Age) {
		oldest := h.lines[0]
		h.bytes -= oldest.TextSize()
		h.forgottenUpTo = oldest.Time
		if key := oldest.User.NameKey(); h.lastByName[key] == oldest {
			delete(h.lastByName, key)
		}
		h.lines = h.lines[1:]
	}
}

// LoadHistory fills a room's history with what was said before the process began: [Said] events,
// oldest first. Latest is the time of the last event in the room, as far as it is stored. Call it
// before the first session enters and after [Hub.Load], which tells which rooms exist and since
// when. Lines from before the room was created are left out.
func (h *Hub) LoadHistory(room string, said []*Event, latest time.Time) {
	if n := len(said); n > 0 && said[n-1].Time.After(latest) {
		latest = said[n-1].Time
	}
	if latest.After(time.Now()) {
		latest = latest.Add(unstoredMargin)
	}
	if sanitize.IsTooLate(latest) { // no real clock says that, and new events must remain storable
		latest = time.Time{}
	}
	st := h.Lock()
	st.Rooms.Lobby()
	r := st.Rooms.ByKey[room]
	if r != nil {
		said = slices.DeleteFunc(said, r.Predates)
	} else { // it was closed
		st.Rooms.noteClosed(0, latest)
	}
	st.Unlock()
	if r == nil {
		return
	}
	r.mu.Lock()
	if latest.After(r.lastTime) {
		r.lastTime = latest // new events get later times
	}
	r.numberPastLocked(said)
	r.mu.Unlock()
	shareUserInfos(said)
	p := &r.history
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range said {
		e.User = e.User.Repaired()
		p.addLocked(e)
	}
	p.trimLocked(time.Now())
	p.noteTrimmedLocked()
}

// noteTrimmedLocked sets ForgottenUpTo for what was said before the process began: the store holds
// no more than the limits allow.
func (h *history) noteTrimmedLocked() {
	m := h.limits
	if m.Age > 0 {
		h.forgottenUpTo = laterTime(h.forgottenUpTo, time.Now().Add(-m.Age))
	}
	if n := len(h.lines); n > 0 && (n >= m.Lines || m.Bytes > 0 && h.bytes > m.Bytes-text.MaxBytes) {
		h.forgottenUpTo = laterTime(h.forgottenUpTo, h.lines[0].Time.Add(-1))
	}
}

// shareUserInfos makes all lines of one person share one UserInfo, so that the name is folded once.
func shareUserInfos(said []*Event) {
	known := map[UserInfo]*UserInfo{}
	for _, e := range said {
		who := known[*e.User]
		if who == nil {
			shared := *e.User
			shared.SetName(shared.Name)
			who = &shared
			known[*e.User] = who
		}
		e.User = who
	}
}

// numberPastLocked gives lines from before the process their sequence numbers, by which users can
// ask for them. They are not in the ring, which begins after them.
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

// EraseMessages makes all rooms forget what somebody said. The lobby's event is there for the
// message store, and the answer of s waits until it is stored; other rooms only get an event if they
// remember something.
func (s *Session) EraseMessages(who *UserInfo) error {
	st := s.hub.Lock()
	rooms := st.Rooms.Sorted()
	lobby := st.Rooms.Lobby()
	st.Unlock()
	for _, r := range rooms {
		if r != lobby && len(s.FilterLines(r.PastLines(), func(e *Event) bool { return e.User.Person == who.Person })) == 0 {
			continue
		}
		forgot := &Event{Time: time.Now(), Kind: Forgot, User: who}
		if !r.append(forgot, s) {
			return s.reason
		}
		if r == lobby {
			s.forgetEvent = forgot
		}
		r.wake()
		r.PastLines()
	}
	return nil
}

const (
	// PageLines is how many lines are shown at a time if more were found.
	PageLines = 20

	// PageBytes is about how many bytes of text a page has. Rendered for a terminal they may be
	// sixteen times as many, and the terminal may not be reading.
	PageBytes = 16 << 10
)

// PageLength returns how many lines make one page, at least one and up to most, from the beginning
// or backward from the end.
func PageLength(lines []*Event, most int, backward bool) (n int) {
	for bytes := 0; n < min(most, len(lines)) && bytes < PageBytes; n++ {
		if backward {
			bytes += lines[len(lines)-1-n].TextSize()
		} else {
			bytes += lines[n].TextSize()
		}
	}
	return n
}

// MessageBySeq returns the message with a sequence number, or nil. It must be in the room's history
// or, if the room keeps none, among what s has read lately.
func (s *Session) MessageBySeq(seq uint64) *Event {
	if s.hub.HistoryLimits.Lines <= 0 {
		e := s.Room().slot(seq).Load()
		if e == nil || e.Seq != seq || e.Kind != Said || seq <= s.joinSeq || s.OneShot {
			return nil
		}
		return e
	}
	said := s.Room().PastLines()
	if at, ok := event.FindSeq(said, seq); ok {
		return said[at]
	}
	return nil
}
