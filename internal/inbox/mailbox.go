package inbox

import (
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/event"
)

// Size is how many items may wait in a mailbox.
const Size = 64

// A mailbox holds what is for one session alone until its writer takes it. Each item knows where in
// the conversation it arrived, so that an answer is read after what was said before the question.
type mailbox struct {
	itemCount atomic.Int32 // len(items), for checks without the lock

	mu      sync.Mutex
	items   []mailboxItem
	emptied chan struct{} // capacity 1: receives when the mailbox has been emptied
	closed  bool

	// delivered are the private messages that were taken but may not have been seen, because the
	// client was not heard from since. The session that takes this one's place gets them.
	delivered []deliveredMessage
}

// A deliveredMessage is a private message, and when the session's writer took it.
type deliveredMessage struct {
	takenAt time.Time
	event   *event.Event
}

type mailboxItem struct {
	viewNumber int    // the view in which the session spoke when the item arrived
	head       uint64 // the head of that view's room at the time
	item       event.Item
	message    *event.Event // the private message in item that must be kept until it is seen, or nil; only for sessions with a key
}

// put adds an item. The error is ErrFull or ErrClosed.
func (m *mailbox) put(item mailboxItem) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return ErrClosed
	case len(m.items) >= Size:
		return ErrFull
	}
	m.items = append(m.items, item)
	m.itemCount.Store(int32(len(m.items)))
	return nil
}

// close refuses further items, except for one last item that needs no room.
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

// adoptUnseen takes over the messages that another session may not have seen.
func (m *mailbox) adoptUnseen(events []*event.Event, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		m.delivered = append(m.delivered, deliveredMessage{takenAt: now, event: e})
	}
}

// takeUnseen returns, once, the private messages that the user may not have seen, oldest first. The
// user has seen what the writer took before the given moment. The caller is responsible for the
// messages from now on.
func (m *mailbox) takeUnseen(seen time.Time) (unread []*event.Event) {
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

// takeAll removes and returns all items.
func (m *mailbox) takeAll() []mailboxItem {
	if !m.hasItems() {
		return nil // the usual case
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	mail := m.items
	for _, item := range mail {
		if item.message != nil {
			m.delivered = append(m.delivered, deliveredMessage{takenAt: time.Now(), event: item.message})
		}
	}
	m.delivered = m.delivered[max(0, len(m.delivered)-Size):]
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
