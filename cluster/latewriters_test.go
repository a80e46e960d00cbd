package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/ids"
	"teahouse/room"
)

// When a node starts, another node and its own earlier process have left and still have to store
// their last messages. The messages are received once they have; those of running processes come
// from these themselves.
func TestLateWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &backfillStore{messages: []string{"gone.1 lobby 1"}}
		e := newTestLink(t, c)
		e.startSeq, e.findLateAt = 1, time.Now().Add(journalCloseTimeout)
		e.introduce()
		e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
		c.messages = append(c.messages, "gone.1 lobby 2", "n.1 lobby 1", "n.1 lobby 5", "me.0 lobby 7")
		for range journalCloseTimeout/heartbeatInterval + 1 {
			e.wantLines("lobby 1")
			e.deliverHeartbeat(1, 1, 0)
			e.advance(heartbeatInterval)
		}
		e.advance(time.Second)
		e.wantLines("lobby 1", "lobby 2", "lobby 7")
		e.deliverPackets(packet{Seq: 2, Backfilled: &backfilled{Identity: "gone.1", UpTo: 2}})
		e.advance(time.Second)
		e.wantLines("lobby 1", "lobby 2", "lobby 7")
	})
}

// If the store cannot be read, or the journal cannot keep up, the node tries again.
func TestLateWritersRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away, spare := true, uint64(0)
		there := storeWith("gone.1", 2, 3)
		e := newTestLink(t, fakeStore{spare: &spare, readAfter: func(ctx context.Context, after uint64, f func(string, ids.Room, *room.Event)) (uint64, error) {
			if away {
				return after, errors.New("the store is away")
			}
			return there.readAfter(ctx, after, f)
		}})
		e.findLateAt = time.Now()
		e.advance(3 * storeRetryDelay)
		away = false
		e.advance(3 * storeRetryDelay)
		e.wantLines()
		spare = maxResendEvents
		e.advance(tickInterval)
		e.wantLines("lobby 2", "lobby 3")
	})
}
