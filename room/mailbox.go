package room

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// mailboxSize is how many events may wait in a mailbox.
const mailboxSize = 64

// A mailbox holds what concerns one user alone until its writer takes it. Each
// piece of mail knows where in the conversation it arrived, so that an answer
// is read after what was said before the question.
type mailbox struct {
	waiting atomic.Int32 // len(mail), for those who only look

	mu     sync.Mutex
	mail   []letter
	space  chan struct{} // capacity 1: told when the mailbox has been emptied
	closed bool

	// told are the private messages that the user may not have seen: its client
	// was not heard from since. They go to the session that takes its place.
	told []told
}

// A told is a private message, and when the user was handed it.
type told struct {
	at    time.Time
	event *Event
}

type letter struct {
	seat  int    // from where the user spoke when it was put in
	at    uint64 // that room's head, then
	event *Event
}

// put drops a letter in. It reports whether there was room; a closed mailbox
// has none.
func (m *mailbox) put(l letter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.putLocked(l)
}

// tell is put for a private message to the user, who has seen those that it was
// handed before a moment.
func (m *mailbox) tell(l letter, seen time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.putLocked(l) {
		return false
	}
	m.forgetSeenLocked(seen)
	m.told = append(m.told, told{at: l.event.Time, event: l.event})
	m.told = m.told[max(0, len(m.told)-mailboxSize):]
	return true
}

func (m *mailbox) putLocked(l letter) bool {
	if m.closed || len(m.mail) >= mailboxSize {
		return false
	}
	m.mail = append(m.mail, l)
	m.waiting.Store(int32(len(m.mail)))
	return true
}

// close lets nothing more in, but for one last letter that needs no room.
func (m *mailbox) close(last *letter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last != nil && !m.closed {
		m.mail = append(m.mail, *last)
		m.waiting.Store(int32(len(m.mail)))
	}
	m.closed = true
	m.tellSpace()
}

// inherit takes over what another session may not have seen.
func (m *mailbox) inherit(events []*Event, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		m.told = append(m.told, told{at: now, event: e})
	}
}

// unread returns the private messages that the user may not have seen, who has
// seen what it was handed before a moment.
func (m *mailbox) unread(seen time.Time) []*Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgetSeenLocked(seen)
	var unread []*Event
	for _, t := range m.told {
		unread = append(unread, t.event)
	}
	for _, l := range m.mail { // these were not even sent
		if l.event.Kind == Told && !slices.Contains(unread, l.event) {
			unread = append(unread, l.event)
		}
	}
	return unread
}

func (m *mailbox) forgetSeenLocked(seen time.Time) {
	m.told = slices.DeleteFunc(m.told, func(t told) bool { return t.at.Before(seen) })
}

// take removes and returns all mail.
func (m *mailbox) take() []letter {
	if !m.hasMail() {
		return nil // as it is nearly always
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	mail := m.mail
	m.mail = nil
	m.waiting.Store(0)
	m.tellSpace()
	return mail
}

func (m *mailbox) hasMail() bool { return m.waiting.Load() > 0 }

func (m *mailbox) tellSpace() {
	select {
	case m.space <- struct{}{}:
	default:
	}
}

// isClosed reports whether the user has left.
func (m *mailbox) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}
