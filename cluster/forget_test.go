package cluster

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/room"
)

// looks lets time pass, and has the Link look at its neighbours.
func (e *ear) looks(d time.Duration) {
	e.waits(d)
	e.count()
	synctest.Wait()
}

// A node dies for good. The other one is alone for some minutes, and no longer than until
// it has read what the first one stored. When that comes back after all it is heard on
// from where it was, and people are told.
func TestDeadNodeCountsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stored, away := stores("n.1", 1, 2), true
		e := newEar(t, shelf{tail: func(ctx context.Context, after uint64, f func(string, string, *room.Event)) (uint64, error) {
			if away {
				return after, errors.New("the store does not answer")
			}
			return stored.tail(ctx, after, f)
		}})
		e.hears(packet{N: 1})
		e.answers(packet{All: true})
		e.hears(packet{N: 1, Events: says("lobby", 1)})
		e.looks(room.LostTime + time.Second)
		if !e.Status().Alone {
			t.Fatal("nobody answers, and it is not alone")
		}
		e.looks(2 * forgetTime)
		if !e.Status().Alone {
			t.Error("it may be cut off itself: it cannot read the store")
		}
		away = false
		e.looks(5 * time.Second)
		if e.Status().Alone {
			t.Error("it is still alone")
		}
		e.has("lobby 1", "lobby 2")
		e.hears(packet{N: 4})
		e.answers(packet{Events: says("lobby", 1)}, packet{Events: says("lobby", 2)}, packet{Events: says("lobby", 3)}, packet{All: true, Upto: 4})
		e.count()
		e.has("lobby 1", "lobby 2", "lobby 3")
		if s := e.Status(); s.Nodes != 1 || s.Alone || !slices.Equal(e.told, []room.Phrase{room.CutOff, room.ReachedAgain}) {
			t.Errorf("it answers again: %+v, people are told %q", s, e.told)
		}
	})
}

// A node that is cut off itself does not take the others for dead, for as long as that may
// last, nor in the moment in which it is connected again.
func TestCutOffForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		e.hears(packet{N: 1})
		for range 10 {
			e.looks(forgetTime / 5)
			e.beat(false) // which cannot be sent
		}
		e.looks(forgetTime / 2)
		if !e.Status().Alone {
			t.Error("it counts nobody any more")
		}
		e.looks(forgetTime)
		if e.Status().Alone {
			t.Error("it is connected again, and still waits for the other one")
		}
	})
}

// The store could be read when a node was lost, and cannot any more: whoever is cut off
// from it is on its own, and does not forget the others.
func TestStoreIsAwayToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := false
		e := newEar(t, shelf{tail: func(_ context.Context, after uint64, _ func(string, string, *room.Event)) (uint64, error) {
			if away {
				return after, errors.New("the store does not answer")
			}
			return after, nil
		}})
		e.hears(packet{N: 1})
		e.looks(room.LostTime + time.Minute)
		if len(e.n.debts) > 0 {
			t.Fatal("it was not read")
		}
		away = true
		e.looks(2 * forgetTime)
		if !e.Status().Alone {
			t.Error("it counts nobody any more")
		}
	})
}

// Of nodes that are gone for a day nothing is left; before that nothing is dropped that
// has not been read.
func TestNodesDoNotPileUp(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			away := true
			e := newEar(t, shelf{tail: func(_ context.Context, after uint64, _ func(string, string, *room.Event)) (uint64, error) {
				if away {
					return after, errors.New("the store does not answer")
				}
				return after, nil
			}})
			e.hears(packet{N: 1})
			if leaves {
				e.n.beaten(&beat{Node: "n", Identity: "n.1", N: 3, Leaving: true})
			}
			e.looks(2 * forgetTime)
			e.n.heardOf = e.n.heardOf.Add(-dropTime) // so that the test need not look that often
			e.looks(time.Second)
			if e.neighbours["n"] == nil {
				t.Error("it is dropped before it was read")
			}
			away = false
			e.looks(time.Minute)
			if e.neighbours["n"] != nil {
				t.Error("it is still there")
			}
			e.n = e.neighbour("n")
			e.hears(packet{Identity: "n.2", N: 1})
			e.hears(packet{Identity: "n.2", Ask: 1, Part: 1, Events: says("lobby", 1)}, packet{Identity: "n.2", Ask: 1, Part: 2, All: true, Upto: 1})
			e.has("lobby 1")
		})
	}
}
