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
		const rooms = 30
		for i := range rooms {
			l := eventlog.New(eventlog.Config{Events: 64, Bytes: 1 << 20, First: 1})
			sub.Add(ids.Room(fmt.Sprint(i)), l)
			l.Append(&event.Event{Kind: event.Said})
		}
		start := time.Now()
		seen := map[ids.Room]bool{}
		for range rooms {
			if err := w.waitForEvents(); err != nil {
				t.Fatal(err)
			}
			name, events, _ := sub.Take(make([]*room.Event, 0, 9))
			seen[name] = len(events) == 1
		}
		if took := time.Since(start); len(seen) != rooms || took != gatherDelay {
			t.Errorf("after %v, %d of %d rooms are ready to be stored, want all after %v", took, len(seen), rooms, gatherDelay)
		}
	})
}
