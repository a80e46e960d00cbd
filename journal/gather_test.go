package journal

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/eventlog"
	"teahouse/internal/ids"
	"teahouse/room"
)

// What is said in many rooms at once is stored after the same tenth of a second as what is said in
// one.
func TestRoomsGatherTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		sub := eventlog.NewSubscription(false)
		w := &writer{history: &history{env: &env{followCtx: ctx}, people: newPeopleCache("")}, subscription: sub}
		var last *eventlog.Log
		const rooms = 30
		for i := range rooms {
			l := eventlog.New(eventlog.Config{Events: 64, Bytes: 1 << 20, First: 1})
			sub.Add(ids.Room(fmt.Sprint(i)), l)
			l.Append(&event.Event{Kind: event.Said})
			last = l
		}
		stored := func() (rooms int, after time.Duration) {
			start := time.Now()
			for {
				if err := w.waitForEvents(); err != nil {
					t.Fatal(err)
				}
				if _, events, _ := sub.Take(make([]*room.Event, 0, 9)); len(events) == 1 {
					rooms++
				}
				if sub.Lag() == 0 {
					return rooms, time.Since(start)
				}
			}
		}
		if n, after := stored(); n != rooms || after != gatherDelay {
			t.Errorf("after %v, %d of %d rooms are ready to be stored, want all after %v", after, n, rooms, gatherDelay)
		}
		last.Append(&event.Event{Kind: event.Said})
		if n, after := stored(); n != 1 || after != gatherDelay {
			t.Errorf("then a line in one room is ready after %v (%d rooms), want %v", after, n, gatherDelay)
		}
	})
}
