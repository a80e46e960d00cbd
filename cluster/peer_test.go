package cluster

import (
	"slices"
	"testing"
	"testing/synctest"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/room"
)

// A dead process's farewell that arrives after its successor has started does not end the
// successor.
func TestLateFarewell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		e.deliverPackets(packet{Seq: 1, Identity: "n.1"}, packet{Seq: 1, Identity: "n.2", Events: testEvents("lobby", 1)})
		e.other.handleHeartbeat(&heartbeat{Node: "n", Identity: "n.1", LastSeq: 1, Leaving: true})
		if e.other.state != peerAlive || e.other.identity != "n.2" {
			t.Errorf("its state is %v, as process %s", e.other.state, e.other.identity)
		}
		e.other.handleHeartbeat(&heartbeat{Node: "n", Identity: "n.2", LastSeq: 1, Leaving: true})
		if e.other.state != peerStopped {
			t.Errorf("after its own farewell the node is in state %v", e.other.state)
		}
	})
}

// Messages of a user who asked to be forgotten are not repeated to a node that missed them; other
// users' messages are.
func TestOutboxErasesTexts(t *testing.T) {
	said := func(key, text string) wireEvent {
		return wireEvent{Kind: "said", User: &room.UserInfo{Person: ids.Account(key)}, Text: text, Verbatim: text}
	}
	var o outbox
	o.add(&packet{Events: []wireEvent{said("A", "regrettable"), said("B", "harmless")}})
	o.add(&packet{Events: []wireEvent{{Kind: "forgot", User: &room.UserInfo{Person: "A"}}}})
	o.add(&packet{Events: []wireEvent{said("A", "a new leaf")}})
	packets, lost := o.after(0)
	var got string
	for _, p := range packets {
		for _, e := range p.Events {
			got += e.Text + "|" + e.Verbatim + ";"
		}
	}
	if want := "|;harmless|harmless;|;a new leaf|a new leaf;"; got != want || lost {
		t.Errorf("the outbox repeats %q, lost: %v; want %q", got, lost, want)
	}
}

// Users who left while a node received nothing have left for their actual reason: an operator who
// kicked somebody does not read that the connection was lost. That holds in every part of an
// answer.
func TestLeaveReasonsAfterResend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestLink(t, fakeStore{})
		me, err := e.hub.Enter(t.Context(), room.ClientInfo{RequestedName: "me", Door: "ssh", Terminal: true})
		if err != nil {
			t.Fatal(err)
		}
		defer me.Leave(room.Quit)
		there := room.New(room.Config{})
		relay := peers.NewFeed(there, "n")
		var users []*room.Session
		for _, name := range []string{"ann", "bob", "cy", "dee"} {
			u, err := there.Enter(t.Context(), room.ClientInfo{RequestedName: name, Door: "ssh", Terminal: true})
			if err != nil {
				t.Fatal(err)
			}
			defer u.Leave(room.Quit)
			users = append(users, u)
		}
		e.deliverPackets(packet{Seq: 2})
		e.deliverResent(packet{Sessions: relay.ChangedSessions(), Snapshot: true, UpTo: 2})

		var sent outbox
		for i, reason := range []room.Reason{room.Kicked, room.Idle, room.Quit} {
			users[i].Leave(reason)
			sent.add(&packet{Sessions: relay.ChangedSessions()})
		}
		missed, _ := sent.after(0)
		e.deliverPackets(packet{Seq: 6})
		e.deliverResent(packet{Sessions: missed[0].Sessions}, packet{UpTo: 3})
		e.deliverResent(packet{Sessions: missed[1].Sessions}, packet{Sessions: missed[2].Sessions}, packet{Sessions: relay.AllSessions(), Snapshot: true, UpTo: 6})
		var left []string
		for _, one := range me.Take(make([]room.Item, 0, 64)) {
			if one := eventOf(one); one.Kind == room.Left {
				left = append(left, one.User.Name+" "+string(one.Reason))
			}
		}
		if want := []string{"ann kicked", "bob idle", "cy quit"}; !slices.Equal(left, want) {
			t.Errorf("left: %q, want %q", left, want)
		}
	})
}
