package inbox

import (
	"testing"
	"time"

	"teahouse/internal/event"
)

// The messages that somebody may not have seen are bounded, however long the client is not heard
// from; the latest stay.
func TestUnseenIsBounded(t *testing.T) {
	var m mailbox
	var last *event.Event
	for i := range 3 * Size {
		last = &event.Event{Kind: event.PrivateMessage, Time: time.Unix(int64(i), 0)}
		if err := m.put(mailboxItem{item: last, message: last}); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		m.takeAll()
	}
	unread := m.takeUnseen(time.Time{})
	if n := len(unread); n != Size || unread[n-1] != last {
		t.Errorf("%d are kept", n)
	}
}
