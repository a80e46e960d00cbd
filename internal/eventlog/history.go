package eventlog

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/internal/text"
)

// HistoryLimits limits how much of what was said a room remembers. Whatever exceeds any of the
// limits is forgotten, oldest first.
type HistoryLimits struct {
	Lines int           `json:"Lines"` // 0 remembers nothing
	Bytes int           `json:"Bytes"` // of text; 0 means no limit
	Age   time.Duration `json:"Age"`   // 0 means no limit
}

// Share returns the limits of a room that shares the space of l with others.
func (l HistoryLimits) Share() HistoryLimits {
	l.Lines = (l.Lines + historyShare - 1) / historyShare
	l.Bytes = (l.Bytes + historyShare - 1) / historyShare
	return l
}

// historyShare is by how much such limits are smaller.
const historyShare = 10

// HistoryReadInterval is after how many events at most the history reads its log. It is well
// below the ring's size.
const HistoryReadInterval = 1024

// A history is what a log remembers of what was said. Joins and leaves, which fill the ring on
// some days, never push messages out of it.
//
// It reads the log like any other reader: when somebody asks for it, and at least every
// HistoryReadInterval events. Its mutex comes after Log.mu in the lock order and is never held
// while waiting.
type history struct {
	cursor atomic.Uint64 // how far it has read the log

	mu            sync.Mutex
	limits        HistoryLimits
	lines         []*event.Event               // what was said, oldest first; only ever appended to or replaced
	lastByName    map[ids.NameKey]*event.Event // the last line said under each name
	bytes         int                          // of text in lines
	forgottenUpTo time.Time                    // the time of the latest line that was forgotten
}

// ForgottenUpTo returns the time up to which the log does not remember everything that was said in
// this process or loaded by it.
func (l *Log) ForgottenUpTo() time.Time {
	l.PastLines()
	l.history.mu.Lock()
	defer l.history.mu.Unlock()
	return l.history.forgottenUpTo
}

// PastLines returns what the log remembers up to now, oldest first. The caller must not change the
// slice.
func (l *Log) PastLines() []*event.Event {
	p := &l.history
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked(l)
	return p.lines
}

// LastLineBy returns the last line said under the name with a key, or nil.
func (l *Log) LastLineBy(key ids.NameKey) *event.Event {
	p := &l.history
	p.mu.Lock()
	defer p.mu.Unlock()
	p.catchUpLocked(l)
	return p.lastByName[key]
}

// advanceHistory makes the history read on if it is far behind.
func (l *Log) advanceHistory() {
	if l.head.Load()-l.history.cursor.Load() >= HistoryReadInterval {
		l.PastLines()
	}
}

func (h *history) catchUpLocked(l *Log) {
	if h.limits.Lines <= 0 {
		h.cursor.Store(l.head.Load())
		return
	}
	end := l.head.Load()
	for cursor := h.cursor.Load(); cursor < end; h.cursor.Store(cursor) {
		var e *event.Event
		if e, cursor = l.Read(cursor, end); e != nil {
			h.addLocked(e)
		}
	}
	h.trimLocked(time.Now())
}

func (h *history) addLocked(e *event.Event) {
	switch e.Kind {
	case event.Said:
		h.lines = append(h.lines, e)
		h.bytes += e.TextSize()
		h.lastByName[e.User.NameKey()] = e
	case event.Forgot:
		h.deleteLocked(func(said *event.Event) bool { return said.User.Person == e.User.Person })
	}
}

func (h *history) deleteLocked(drop func(*event.Event) bool) {
	h.lines = slices.DeleteFunc(slices.Clone(h.lines), drop)
	h.bytes = 0
	clear(h.lastByName)
	for _, said := range h.lines {
		h.bytes += said.TextSize()
		h.lastByName[said.User.NameKey()] = said
	}
}

// EraseBefore makes the log forget what somebody said before a moment.
func (l *Log) EraseBefore(who *event.UserInfo, t time.Time) {
	l.PastLines()
	l.history.mu.Lock()
	defer l.history.mu.Unlock()
	l.history.deleteLocked(func(said *event.Event) bool { return said.User.Person == who.Person && !said.Time.After(t) })
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
func shareUserInfos(said []*event.Event) {
	known := map[event.UserInfo]*event.UserInfo{}
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
func (l *Log) numberPastLocked(said []*event.Event) {
	next := l.head.Load()
	for _, e := range said {
		e.Seq = next
		next++
	}
	l.tail.Store(next)
	l.head.Store(next)
	l.history.cursor.Store(next)
}

// LoadPast fills the history with lines that were said before the process began, oldest first, and
// gives them their sequence numbers. All further events are later than latest. Call it before the
// first event.
func (l *Log) LoadPast(said []*event.Event, latest time.Time) {
	l.StartAfter(latest)
	l.mu.Lock()
	l.numberPastLocked(said)
	l.mu.Unlock()
	shareUserInfos(said)
	p := &l.history
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range said {
		e.User = e.User.Repaired()
		p.addLocked(e)
	}
	p.trimLocked(time.Now())
	p.noteTrimmedLocked()
}

func laterTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
