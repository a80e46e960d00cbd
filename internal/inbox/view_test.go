package inbox

import (
	"testing"

	"teahouse/internal/event"
	"teahouse/internal/eventlog"
)

// What can be read in a view ends before the user's own departure, even if the writer loaded the
// log's head just after that.
func TestViewEndsBeforeOnesOwnLeaving(t *testing.T) {
	l := eventlog.New(eventlog.Config{Events: 64, Bytes: 1 << 20, First: 1})
	var in Inbox
	in.Init(l, Config{Woken: make(chan struct{}, 1)})
	l.Append(&event.Event{Kind: event.Joined, User: &event.UserInfo{Name: "alice"}})
	before := l.Head()
	if got := in.firstView.limitAt(before); got != before {
		t.Errorf("alice may read up to %d, not %d", got, before)
	}
	in.Close(nil, nil)
	l.Append(&event.Event{Kind: event.Left, User: &event.UserInfo{Name: "alice"}})
	if after := l.Head(); in.firstView.limitAt(after) != before || in.firstView.limitAt(before) != before {
		t.Errorf("alice, who left at %d, may read up to %d", before, in.firstView.limitAt(after))
	}
}
