package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/room"
)

// As a node starts, another one and this node's own process of before have left, and have yet to
// store what they said last: it is heard when they have, once, and that of those who are there
// comes from themselves.
func TestStoredByThoseWhoHadLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cupboard{messages: []string{"gone.1 lobby 1"}}
		e := newEar(t, c)
		e.began, e.lookOn = 1, time.Now().Add(closeTime)
		e.meets()
		e.hears(packet{N: 1, Events: says("lobby", 1)})
		c.messages = append(c.messages, "gone.1 lobby 2", "n.1 lobby 1", "n.1 lobby 5", "me.0 lobby 7")
		for range closeTime/beatTime + 1 {
			e.has("lobby 1")
			e.keeps(1, 1, 0)
			e.waits(beatTime)
		}
		e.waits(time.Second)
		e.has("lobby 1", "lobby 2", "lobby 7")
		e.hears(packet{N: 2, Saved: &saved{By: "gone.1", Upto: 2}})
		e.waits(time.Second)
		e.has("lobby 1", "lobby 2", "lobby 7")
	})
}

// The store cannot be read then, or the journal cannot keep up: it is tried again.
func TestLateLinesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away, spare := true, uint64(0)
		there := stores("gone.1", 2, 3)
		e := newEar(t, shelf{spare: &spare, tail: func(ctx context.Context, after uint64, f func(string, string, *room.Event)) (uint64, error) {
			if away {
				return after, errors.New("the store is away")
			}
			return there.tail(ctx, after, f)
		}})
		e.lookOn = time.Now()
		e.waits(3 * readAgain)
		away = false
		e.waits(3 * readAgain)
		e.has()
		spare = answeredAtOnce
		e.waits(glanceTime)
		e.has("lobby 2", "lobby 3")
	})
}
