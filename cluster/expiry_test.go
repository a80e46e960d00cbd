package cluster

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/room"

	"teahouse/internal/reply"
)

// advanceAndCheck lets time pass, and has the Link look at its neighbours.
func (tl *testLink) advanceAndCheck(d time.Duration) {
	tl.advance(d)
	tl.checkPeers()
	synctest.Wait()
}

// A node dies for good. The other one is alone for some minutes, and no longer than until
// it has read what the first one stored. When that comes back after all it is heard on
// from where it was, and people are told.
func TestDeadPeerIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stored, away := storeWith("n.1", 1, 2), true
		e := newTestLink(t, fakeStore{readAfter: func(ctx context.Context, after uint64, f func(string, string, *room.Event)) (uint64, error) {
			if away {
				return after, errors.New("the store does not answer")
			}
			return stored.readAfter(ctx, after, f)
		}})
		e.deliverPackets(packet{Seq: 1})
		e.deliverResent(packet{Snapshot: true})
		e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
		e.advanceAndCheck(room.PeerTimeout + time.Second)
		if !e.Status().Isolated {
			t.Fatal("nobody answers, and it is not alone")
		}
		e.advanceAndCheck(2 * forgetAfter)
		if !e.Status().Isolated {
			t.Error("it may be cut off itself: it cannot read the store")
		}
		away = false
		e.advanceAndCheck(5 * time.Second)
		if e.Status().Isolated {
			t.Error("it is still alone")
		}
		e.wantLines("lobby 1", "lobby 2")
		e.deliverPackets(packet{Seq: 4})
		e.deliverResent(packet{Events: testEvents("lobby", 1)}, packet{Events: testEvents("lobby", 2)}, packet{Events: testEvents("lobby", 3)}, packet{Snapshot: true, UpTo: 4})
		e.checkPeers()
		e.wantLines("lobby 1", "lobby 2", "lobby 3")
		if s := e.Status(); s.Peers != 1 || s.Isolated || !slices.Equal(e.announced, []reply.Code{reply.PeersUnreachable, reply.PeersBack}) {
			t.Errorf("it answers again: %+v, people are told %q", s, e.announced)
		}
	})
}

// A node that is cut off itself does not take the others for dead, for as long as that may
// last, nor in the moment in which it is connected again.
func TestCutOffForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		e.deliverPackets(packet{Seq: 1})
		for range 10 {
			e.advanceAndCheck(forgetAfter / 5)
			e.sendHeartbeat(false) // which cannot be sent
		}
		e.advanceAndCheck(forgetAfter / 2)
		if !e.Status().Isolated {
			t.Error("it counts nobody any more")
		}
		e.advanceAndCheck(forgetAfter)
		if e.Status().Isolated {
			t.Error("it is connected again, and still waits for the other one")
		}
	})
}

// The store could be read when a node was lost, and cannot any more: whoever is cut off
// from it is on its own, and does not forget the others.
func TestLostPeerStoreUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := false
		e := newTestLink(t, fakeStore{readAfter: func(_ context.Context, after uint64, _ func(string, string, *room.Event)) (uint64, error) {
			if away {
				return after, errors.New("the store does not answer")
			}
			return after, nil
		}})
		e.deliverPackets(packet{Seq: 1})
		e.advanceAndCheck(room.PeerTimeout + time.Minute)
		if len(e.other.catchUps) > 0 {
			t.Fatal("it was not read")
		}
		away = true
		e.advanceAndCheck(2 * forgetAfter)
		if !e.Status().Isolated {
			t.Error("it counts nobody any more")
		}
	})
}

// Of nodes that are gone for a day nothing is left; before that nothing is dropped that
// has not been read.
func TestPeersAreDropped(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			away := true
			e := newTestLink(t, fakeStore{readAfter: func(_ context.Context, after uint64, _ func(string, string, *room.Event)) (uint64, error) {
				if away {
					return after, errors.New("the store does not answer")
				}
				return after, nil
			}})
			e.deliverPackets(packet{Seq: 1})
			if leaves {
				e.other.handleHeartbeat(&heartbeat{Node: "n", Identity: "n.1", LastSeq: 3, Leaving: true})
			}
			e.advanceAndCheck(2 * forgetAfter)
			e.other.lastHeard = e.other.lastHeard.Add(-dropAfter) // so that the test need not look that often
			e.advanceAndCheck(time.Second)
			if e.peers["n"] == nil {
				t.Error("it is dropped before it was read")
			}
			away = false
			e.advanceAndCheck(time.Minute)
			if e.peers["n"] != nil {
				t.Error("it is still there")
			}
			e.other = e.peer("n")
			e.deliverPackets(packet{Identity: "n.2", Seq: 1})
			e.deliverPackets(packet{Identity: "n.2", ResendID: 1, Part: 1, Events: testEvents("lobby", 1)}, packet{Identity: "n.2", ResendID: 1, Part: 2, Snapshot: true, UpTo: 1})
			e.wantLines("lobby 1")
		})
	}
}
