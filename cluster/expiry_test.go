package cluster

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/reply"
	"teahouse/room"
)

// advanceAndCheck lets d pass and makes the Link check the other nodes.
func (tl *testLink) advanceAndCheck(d time.Duration) {
	tl.advance(d)
	tl.checkPeers()
	synctest.Wait()
}

// A node dies for good. The other one is isolated for some minutes, until it has read what the
// first one stored. When the dead node comes back after all, it is received from where it was,
// and users are told.
func TestDeadPeerIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stored, away := storeWith("n.1", 1, 2), true
		e := newTestLink(t, fakeStore{readAfter: func(ctx context.Context, after uint64, f func(string, ids.Room, *room.Event)) (uint64, error) {
			if away {
				return after, errors.New("the store does not answer")
			}
			return stored.readAfter(ctx, after, f)
		}})
		e.deliverPackets(packet{Seq: 1})
		e.deliverResent(packet{Snapshot: true})
		e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
		e.advanceAndCheck(peers.Timeout + time.Second)
		if !e.Status().Isolated {
			t.Fatal("no other node answers, but the node is not isolated")
		}
		e.advanceAndCheck(2 * forgetAfter)
		if !e.Status().Isolated {
			t.Error("the node forgot the other one although it may be cut off itself: it cannot read the store")
		}
		away = false
		e.advanceAndCheck(5 * time.Second)
		if e.Status().Isolated {
			t.Error("the node is still isolated")
		}
		e.wantLines("lobby 1", "lobby 2")
		e.deliverPackets(packet{Seq: 4})
		e.deliverResent(packet{Events: testEvents("lobby", 1)}, packet{Events: testEvents("lobby", 2)}, packet{Events: testEvents("lobby", 3)}, packet{Snapshot: true, UpTo: 4})
		e.checkPeers()
		e.wantLines("lobby 1", "lobby 2", "lobby 3")
		if s := e.Status(); s.Peers != 1 || s.Isolated || !slices.Equal(e.announced, []reply.Code{reply.PeersUnreachable, reply.PeersBack}) {
			t.Errorf("after the other node answers again: %+v, users are told %q", s, e.announced)
		}
	})
}

// A node that is cut off itself does not take the others for dead, however long that lasts, nor
// at the moment when it is connected again.
func TestCutOffForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		e.deliverPackets(packet{Seq: 1})
		for range 10 {
			e.advanceAndCheck(forgetAfter / 5)
			e.sendHeartbeat(false) // cannot be sent
		}
		e.advanceAndCheck(forgetAfter / 2)
		if !e.Status().Isolated {
			t.Error("the node that is cut off forgot the other one")
		}
		e.advanceAndCheck(forgetAfter)
		if e.Status().Isolated {
			t.Error("after five minutes of connection the dead node still counts")
		}
	})
}

// The store could be read when a node was lost, and later not any more: a node that is cut off
// from the store does not forget the others.
func TestLostPeerStoreUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := false
		e := newTestLink(t, fakeStore{readAfter: func(_ context.Context, after uint64, _ func(string, ids.Room, *room.Event)) (uint64, error) {
			if away {
				return after, errors.New("the store does not answer")
			}
			return after, nil
		}})
		e.deliverPackets(packet{Seq: 1})
		e.advanceAndCheck(peers.Timeout + time.Minute)
		if len(e.other.catchUps) > 0 {
			t.Fatal("the store was not read")
		}
		away = true
		e.advanceAndCheck(2 * forgetAfter)
		if !e.Status().Isolated {
			t.Error("the node that is cut off forgot the other one")
		}
	})
}

// Nodes that have been gone for a day are forgotten, but not before the store was read for them.
func TestPeersAreDropped(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			away := true
			e := newTestLink(t, fakeStore{readAfter: func(_ context.Context, after uint64, _ func(string, ids.Room, *room.Event)) (uint64, error) {
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
			e.other.lastHeard = e.other.lastHeard.Add(-dropAfter) // instead of looking that often
			e.advanceAndCheck(time.Second)
			if e.peers["n"] == nil {
				t.Error("the node was forgotten before the store was read")
			}
			away = false
			e.advanceAndCheck(time.Minute)
			if e.peers["n"] != nil {
				t.Error("the node was not forgotten")
			}
			e.other = e.peer("n")
			e.deliverPackets(packet{Identity: "n.2", Seq: 1})
			e.deliverPackets(packet{Identity: "n.2", ResendID: 1, Part: 1, Events: testEvents("lobby", 1)}, packet{Identity: "n.2", ResendID: 1, Part: 2, Snapshot: true, UpTo: 1})
			e.wantLines("lobby 1")
		})
	}
}
