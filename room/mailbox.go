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
	itemCount atomic.Int32 // len(mail), for those who only look

	mu      sync.Mutex
	items   []mailboxItem
	emptied chan struct{} // capacity 1: told when the mailbox has been emptied
	closed  bool

	// delivered are the private messages that were taken and may not have been seen: the
	// client was not heard from since. They go to the session that takes its place.
	delivered []deliveredMessage
}

// A deliveredMessage is a private message, and when the user's writer took it.
type deliveredMessage struct {
	takenAt time.Time
	event   *Event
}

type mailboxItem struct {
	viewNumber int    // from where the user spoke when it was put in
	head       uint64 // that room's head, then
	item       Item
	message    *Event // the private message in it to the user, who has a key: it is kept until it was seen; or nil
}

// put drops a letter in. It reports whether there was room; a closed mailbox
// has none.
func (m *mailbox) put(item mailboxItem) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || len(m.items) >= mailboxSize {
		return false
	}
	m.items = append(m.items, item)
	m.itemCount.Store(int32(len(m.items)))
	return true
}

// close lets nothing more in, but for one last letter that needs no room.
func (m *mailbox) close(last *mailboxItem) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last != nil && !m.closed {
		m.items = append(m.items, *last)
		m.itemCount.Store(int32(len(m.items)))
	}
	m.closed = true
	m.signalEmptied()
}

// adoptUnseen takes over what another session may not have seen.
func (m *mailbox) adoptUnseen(events []*Event, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		m.delivered = append(m.delivered, deliveredMessage{takenAt: now, event: e})
	}
}

// takeUnseen returns, once, the private messages that the user may not have seen, who has
// seen what its writer took before a moment: the oldest first. They are somebody else's
// to keep from now on.
func (m *mailbox) takeUnseen(seen time.Time) (unread []*Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.delivered {
		if !t.takenAt.Before(seen) {
			unread = append(unread, t.event)
		}
	}
	m.delivered = nil
	for i := range m.items {
		if e := m.items[i].message; e != nil {
			m.items[i].message = nil
			unread = append(unread, e)
		}
	}
	return unread
}

// takeAll removes and returns all mail.
func (m *mailbox) takeAll() []mailboxItem {
	if !m.hasItems() {
		return nil // as it is nearly always
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	mail := m.items
	for _, item := range mail {
		if item.message != nil {
			m.delivered = append(m.delivered, deliveredMessage{takenAt: time.Now(), event: item.message})
		}
	}
	m.delivered = m.delivered[max(0, len(m.delivered)-mailboxSize):]
	m.items = nil
	m.itemCount.Store(0)
	m.signalEmptied()
	return mail
}

func (m *mailbox) hasItems() bool { return m.itemCount.Load() > 0 }

func (m *mailbox) signalEmptied() {
	select {
	case m.emptied <- struct{}{}:
	default:
	}
}

// isClosed reports whether the user has left.
func (m *mailbox) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}
