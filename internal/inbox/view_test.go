package inbox

import (
	"errors"
	"testing"

	"teahouse/internal/event"
	"teahouse/internal/eventlog"
)

// What can be read in a view ends before the user's own departure, even if the writer loaded the
// log's head just after that.
func TestViewEndsBeforeOwnLeave(t *testing.T) {
	l := eventlog.New(eventlog.Config{Events: 64, Bytes: 1 << 20, First: 1})
	var in Inbox
	in.Init(l, make(eventlog.WakeChan, 1), nil)
	l.Append(&event.Event{Kind: event.Joined, User: &event.UserInfo{Name: "alice"}})
	before := l.Head()
	if got := in.firstView.limitAt(before); got != before {
		t.Errorf("alice may read up to %d, want %d", got, before)
	}
	in.Close(nil, func() {})
	l.Append(&event.Event{Kind: event.Left, User: &event.UserInfo{Name: "alice"}})
	if after := l.Head(); in.firstView.limitAt(after) != before || in.firstView.limitAt(before) != before {
		t.Errorf("alice, who left at %d, may read up to %d", before, in.firstView.limitAt(after))
	}
}

// nobody is an Owner who reads everything, and of whom nothing is kept.
type nobody struct{}

func (nobody) Hides(*event.Event) bool      { return false }
func (nobody) Kept(event.Item) *event.Event { return nil }

// Somebody whose item finds a full inbox waits until there is space, or until the session is over:
// from the moment at which nothing is taken any more, Post says so, and a waiter is woken.
func TestPostAsTheSessionEnds(t *testing.T) {
	l := eventlog.New(eventlog.Config{Events: 64, Bytes: 1 << 20, First: 1})
	var in Inbox
	in.Init(l, make(eventlog.WakeChan, 1), nobody{})
	for range Size {
		if err := in.Post(&event.Notice{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Post(&event.Notice{}); !errors.Is(err, ErrFull) {
		t.Errorf("one more than fits: %v", err)
	}
	in.Close(nil, func() {
		if err := in.Post(&event.Notice{}); !errors.Is(err, ErrClosed) {
			t.Errorf("while the session ends, Post returns %v, and there is nothing to wait for", err)
		}
	})
	select {
	case <-in.Emptied():
	default:
		t.Error("a waiter isn't woken as the session ends")
	}
}
