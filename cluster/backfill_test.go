package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/room"
)

// A backfillStore holds what the nodes store. Each message is one line, written as identity, room
// and number.
type backfillStore struct {
	nopStore
	messages    []string
	failures    int       // how many of the next Backfills store the message but return an error
	lastTime    time.Time // of the last event stored
	leftAtClose string    // what BackfillAtClose was given
}

func (c *backfillStore) ReadAfter(_ context.Context, after uint64, f func(string, ids.Room, *room.Event)) (uint64, error) {
	for _, m := range c.messages[after:] {
		var by, where string
		var seq uint64
		if _, err := fmt.Sscan(m, &by, &where, &seq); err != nil {
			return after, err
		}
		f(by, ids.Room(where), &room.Event{Seq: seq, Time: time.Now(), Kind: room.Said, User: &room.UserInfo{Name: "ada"}, Text: fmt.Sprint(seq)})
	}
	return uint64(len(c.messages)), nil
}

func (c *backfillStore) Backfill(_ context.Context, identity string, where ids.Room, events []*room.Event) (uint64, error) {
	for _, e := range events {
		c.messages, c.lastTime = append(c.messages, fmt.Sprint(identity, " ", where, " ", e.Seq)), e.Time
	}
	if c.failures > 0 {
		c.failures--
		return 0, errors.New("nobody says whether it is stored")
	}
	return uint64(len(c.messages)), nil
}

func (c *backfillStore) BackfillAtClose(identity string, after uint64, rooms map[ids.Room][]*room.Event) {
	c.leftAtClose = fmt.Sprint(identity, " after ", after)
	for where, events := range rooms {
		for _, e := range events {
			c.leftAtClose += fmt.Sprint(" ", where, " ", e.Seq)
		}
	}
}

// wantStored checks the contents of the store.
func (tl *testLink) wantStored(want ...string) {
	tl.t.Helper()
	if got := tl.store.(*backfillStore).messages; !slices.Equal(got, want) {
		tl.t.Errorf("the store has %q, want %q", got, want)
	}
}

// wantBackfilledSent checks what tl has announced to the other nodes.
func (tl *testLink) wantBackfilledSent(want ...backfilled) {
	tl.t.Helper()
	var told []backfilled
	for _, p := range tl.outbox.packets {
		if p.Backfilled != nil {
			told = append(told, *p.Backfilled)
		}
	}
	if !slices.Equal(told, want) {
		tl.t.Errorf("announced is %v, want %v", told, want)
	}
}

// deliverHeartbeat delivers a heartbeat of the node, with the number of the packet up to which
// everything is stored.
func (tl *testLink) deliverHeartbeat(last, kept, stored uint64) {
	tl.other.handleHeartbeat(&heartbeat{Node: "n", Identity: "n.1", LastSeq: last, StoredUpTo: kept, StoreSeq: stored})
}

// introduce makes the node known, from its first packet on.
func (tl *testLink) introduce() {
	tl.deliverHeartbeat(0, 0, 0)
	tl.deliverResent(packet{Snapshot: true})
}

// lostAndSettled is the time after which a silent node is lost and everything that follows is
// done.
const lostAndSettled = peers.Timeout + 2*time.Second

// A node dies before it has stored everything that others received from it: one of them stores
// the rest and announces it.
func TestBackfill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, &backfillStore{messages: []string{"n.1 lobby 1", "n.1 lobby 2"}})
		e.introduce()
		ahead := time.Now().Add(time.Hour) // by a wrong clock; no reader shows that
		for seq := range uint64(4) {
			one := testEvent("lobby", seq+1)
			one.Time = ahead
			e.deliverPackets(packet{Seq: seq + 1, Events: []wireEvent{one}})
		}
		e.deliverHeartbeat(4, 1, 1)
		e.advance(lostAndSettled)
		if at := e.store.(*backfillStore).lastTime; !at.Equal(ahead) {
			t.Errorf("the last line is stored with the time %v, want %v", at, ahead)
		}
		e.wantStored("n.1 lobby 1", "n.1 lobby 2", "n.1 lobby 3", "n.1 lobby 4")
		e.wantBackfilledSent(backfilled{Identity: "n.1", UpTo: 4})
		e.wantLines("lobby 1", "lobby 2", "lobby 3", "lobby 4")
	})
}

// The node is restarted at once, which shows that the earlier process is gone.
func TestBackfillAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, &backfillStore{})
		e.introduce()
		e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
		e.deliverPackets(packet{Seq: 1, Identity: "n.2", Events: testEvents("lobby", 1)})
		e.advance(time.Second)
		e.wantStored("n.1 lobby 1")
		e.wantBackfilledSent(backfilled{Identity: "n.1", UpTo: 1})
	})
}

// The node announces that it leaves, and dies before it has stored its last messages.
func TestBackfillAfterLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, &backfillStore{})
		e.introduce()
		e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
		e.other.handleHeartbeat(&heartbeat{Node: "n", Identity: "n.1", LastSeq: 1, Leaving: true})
		e.advance(journalCloseTimeout - time.Second)
		e.wantStored()
		e.advance(2 * time.Second)
		e.wantStored("n.1 lobby 1")
	})
}

// Messages that were forgotten, or that the rooms no longer remember, are not stored again; a
// request to be forgotten is.
func TestBackfillOmitsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, &backfillStore{})
		e.introduce()
		secret, forgot := testEvent("lobby", 1), testEvent("lobby", 3)
		secret.User, forgot.User = &room.UserInfo{Name: "eve", Person: "eve"}, &room.UserInfo{Name: "eve", Person: "eve"}
		forgot.Kind, forgot.Text = "forgot", ""
		e.deliverPackets(packet{Seq: 1, Events: []wireEvent{secret, testEvent("lobby", 2), forgot}})
		e.advance(lostAndSettled)
		e.wantStored("n.1 lobby 2", "n.1 lobby 3")
	})
}

// Of several nodes, one stores the messages first and announces it, and the others store nothing.
// If it does not, they do.
func TestBackfillOrder(t *testing.T) {
	for _, first := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			e := newTestLink(t, &backfillStore{})
			e.introduce()
			e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
			other := e.peer("b")
			for range peers.Timeout / time.Second {
				other.handleHeartbeat(&heartbeat{Node: "b", Identity: "b.1"})
				other.handlePacket(&packet{Node: "b", Identity: "b.1", ResendID: other.resendID, Part: 1, Snapshot: true})
				e.advance(time.Second)
			}
			other.handleHeartbeat(&heartbeat{Node: "b", Identity: "b.1"})
			e.advance(time.Second)
			e.wantStored()
			if first {
				e.store.(*backfillStore).messages = []string{"n.1 lobby 1"}
				other.handlePacket(&packet{Node: "b", Identity: "b.1", Seq: 1, Backfilled: &backfilled{Identity: "n.1", UpTo: 1}})
			}
			e.advance(backfillStagger + time.Second)
			e.wantStored("n.1 lobby 1")
			e.wantLines("lobby 1")
			if first {
				e.wantBackfilledSent()
			}
		})
	}
}

// A node that is stopped leaves to its store what it received from another node that has not
// stored it yet, whether that node is alive or not. The others look for it later.
func TestBackfillAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &backfillStore{messages: []string{"n.1 lobby 1"}}
		e := newTestLink(t, c)
		e.introduce()
		for seq := range uint64(2) {
			e.deliverPackets(packet{Seq: seq + 1, Events: testEvents("lobby", seq+1)})
			e.deliverHeartbeat(1, 1, 1)
		}
		e.backfillAtClose()
		if want := "n.1 after 1 lobby 2"; c.leftAtClose != want {
			t.Errorf("the store was given %q, want %q", c.leftAtClose, want)
		}
		e.wantBackfilledSent(backfilled{Identity: "n.1", After: 1})
	})
	synctest.Test(t, func(t *testing.T) {
		c := &backfillStore{}
		e := newTestLink(t, c)
		e.introduce()
		e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
		e.other.catchUpBackfilled(&backfilled{Identity: "n.1"})
		e.advance(lostAndSettled + backfillStagger)
		e.wantStored("n.1 lobby 1")
		c.messages = append(c.messages, "n.1 lobby 2")
		e.advance(journalCloseTimeout)
		e.wantLines("lobby 1", "lobby 2")
	})
}

// If the acknowledgement is lost, nothing is stored twice, and the others are told all the same.
func TestBackfillAckLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, &backfillStore{failures: 1})
		e.introduce()
		e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
		e.advance(lostAndSettled)
		e.wantStored("n.1 lobby 1")
		e.wantBackfilledSent(backfilled{Identity: "n.1", UpTo: 1})
	})
}

// What another node has stored is read once, whether it is of an unknown process, of an earlier
// process of this node, or of another node's current or earlier process. What that process stored
// itself comes first.
func TestBackfilledIsReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &backfillStore{messages: []string{"n.1 lobby 1", "me.0 lobby 9"}}
		e := newTestLink(t, c)
		e.startSeq = 2
		e.introduce()
		e.deliverPackets(packet{Seq: 1, Events: testEvents("lobby", 1)})
		n := uint64(1)
		saves := func(by string, lines ...string) {
			after := uint64(len(c.messages))
			for _, line := range lines {
				c.messages = append(c.messages, by+" lobby "+line)
			}
			n++
			e.deliverPackets(packet{Seq: n, Backfilled: &backfilled{Identity: by, After: after, UpTo: uint64(len(c.messages))}})
			e.advance(time.Second)
		}
		saves("me.0", "10", "11")
		saves("me.0", "10", "11", "12")
		saves("x.1", "20")
		saves("x.1", "20")
		saves("me.1", "30") // it is alive, whatever they think
		c.messages = append(c.messages, "n.1 lobby 2")
		saves("n.1", "1", "3")
		want := []string{"lobby 1", "lobby 10", "lobby 11", "lobby 12", "lobby 20", "lobby 2", "lobby 3"}
		e.wantLines(want...)
		n++
		e.deliverPackets(packet{Seq: n, Events: testEvents("lobby", 3)})
		e.deliverPackets(packet{Seq: 1, Identity: "n.2"})
		e.deliverResent(packet{Identity: "n.2", Snapshot: true, UpTo: 1})
		e.advance(time.Second)
		e.wantLines(want...)
		c.messages = append(c.messages, "n.1 lobby 4")
		e.deliverPackets(packet{Seq: 2, Identity: "n.2", Backfilled: &backfilled{Identity: "n.1", After: 5, UpTo: uint64(len(c.messages))}})
		e.advance(time.Second)
		e.wantLines(append(want, "lobby 4")...)
	})
}

// Other nodes take a process for dead and store its messages before this node has heard from it.
// When it turns out to be alive, each message is received once.
func TestBackfilledOfLivePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, &backfillStore{messages: []string{"n.2 lobby 1"}})
		e.introduce()
		e.deliverPackets(packet{Seq: 1, Backfilled: &backfilled{Identity: "n.2", UpTo: 1}})
		e.advance(time.Second)
		e.wantLines("lobby 1")
		e.deliverPackets(packet{Seq: 1, Identity: "n.2"})
		e.deliverResent(packet{Identity: "n.2", Events: []wireEvent{testEvent("lobby", 1), testEvent("lobby", 2)}}, packet{Identity: "n.2", Snapshot: true, UpTo: 1})
		e.wantLines("lobby 1", "lobby 2")
	})
}

// What was in the store before this node started is not read again.
func TestBackfilledBeforeStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, &backfillStore{messages: []string{"x.1 lobby 1"}})
		e.startSeq = 1
		e.introduce()
		e.deliverPackets(packet{Seq: 1, Backfilled: &backfilled{Identity: "x.1", UpTo: 1}})
		e.advance(time.Second)
		e.wantLines()
		if n := e.Status().CatchUps; n > 0 {
			t.Errorf("the store was read %d times", n)
		}
	})
}

// A node reports the packet up to which everything is stored, although its rooms are stored
// independently.
func TestStoredUpTo(t *testing.T) {
	var o outbox
	for _, events := range [][]wireEvent{testEvents("lobby", 1), nil, testEvents("tea", 1), testEvents("lobby", 2)} {
		o.add(&packet{Events: events})
	}
	stored := map[string]uint64{"lobby": 2}
	of := func(where ids.Room) uint64 { return stored[string(where)] }
	if n := o.advanceStored(of); n != 2 {
		t.Errorf("stored up to packet %d", n)
	}
	stored["tea"] = 1
	if n := o.advanceStored(of); n != 4 {
		t.Errorf("stored up to packet %d", n)
	}
}

// The lines kept of another node are bounded: those that are stored are dropped at each
// heartbeat, and the oldest if no heartbeat comes.
func TestUnstoredIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, &backfillStore{})
		e.introduce()
		for n := range uint64(2000) {
			one := testEvent("lobby", n+1)
			one.Text = strings.Repeat("x", 4000)
			e.deliverPackets(packet{Seq: n + 1, Events: []wireEvent{one}})
		}
		if u := e.other.unstored; u.bytes > maxUnstoredBytes || len(u.lines) > maxUnstoredBytes/4000 || u.lines[len(u.lines)-1].sent.Seq != 2000 {
			t.Errorf("%d lines of %d bytes are kept", len(u.lines), u.bytes)
		}
		e.deliverHeartbeat(2000, 2000, 0)
		if u := e.other.unstored; u.bytes > 0 || len(u.lines) > 0 {
			t.Errorf("%d lines of %d bytes are kept", len(u.lines), u.bytes)
		}
	})
}
