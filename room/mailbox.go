package room

import (
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

	// told are the private messages that were taken and may not have been seen: the
	// client was not heard from since. They go to the session that takes its place.
	told []told
}

// A told is a private message, and when the user's writer took it.
type told struct {
	at    time.Time
	event *Event
}

type letter struct {
	seat  int    // from where the user spoke when it was put in
	at    uint64 // that room's head, then
	event *Event
	told  bool // a private message to the user, who has a key: it is kept until it was seen
}

// put drops a letter in. It reports whether there was room; a closed mailbox
// has none.
func (m *mailbox) put(l letter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
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

// handOver returns, once, the private messages that the user may not have seen, who has
// seen what its writer took before a moment: the oldest first. They are somebody else's
// to keep from now on.
func (m *mailbox) handOver(seen time.Time) (unread []*Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.told {
		if !t.at.Before(seen) {
			unread = append(unread, t.event)
		}
	}
	m.told = nil
	for i := range m.mail {
		if m.mail[i].told {
			m.mail[i].told = false
			unread = append(unread, m.mail[i].event)
		}
	}
	return unread
}

// take removes and returns all mail.
func (m *mailbox) take() []letter {
	if !m.hasMail() {
		return nil // as it is nearly always
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	mail := m.mail
	for _, l := range mail {
		if l.told {
			m.told = append(m.told, told{at: time.Now(), event: l.event})
		}
	}
	m.told = m.told[max(0, len(m.told)-mailboxSize):]
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
