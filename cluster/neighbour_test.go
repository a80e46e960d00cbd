package cluster

import (
	"slices"
	"testing"
	"testing/synctest"

	"teahouse/room"
)

// A farewell of a process that is dead comes after its successor began: that one stays.
func TestLateFarewell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		e.hears(packet{N: 1, Identity: "n.1"}, packet{N: 1, Identity: "n.2", Events: says("lobby", 1)})
		e.n.beaten(&beat{Node: "n", Identity: "n.1", N: 1, Leaving: true})
		if e.n.state != answers || e.n.identity != "n.2" {
			t.Errorf("its state is %v, as process %s", e.n.state, e.n.identity)
		}
		e.n.beaten(&beat{Node: "n", Identity: "n.2", N: 1, Leaving: true})
		if e.n.state != left {
			t.Errorf("its own farewell leaves it in state %v", e.n.state)
		}
	})
}

// What somebody said who wants to be forgotten is not said again to a node that missed it,
// and what others said is.
func TestOutboxForgets(t *testing.T) {
	said := func(key, text string) event {
		return event{Kind: "said", Who: &room.Who{Key: key}, Text: text, Verbatim: text}
	}
	var o outbox
	o.add(&packet{Events: []event{said("A", "regrettable"), said("B", "harmless")}})
	o.add(&packet{Events: []event{{Kind: "forgot", Who: &room.Who{Key: "A"}}}})
	o.add(&packet{Events: []event{said("A", "a new leaf")}})
	packets, lost := o.after(0)
	var got string
	for _, p := range packets {
		for _, e := range p.Events {
			got += e.Text + "|" + e.Verbatim + ";"
		}
	}
	if want := "|;harmless|harmless;|;a new leaf|a new leaf;"; got != want || lost {
		t.Errorf("it says %q, lost: %v; want %q", got, lost, want)
	}
}

// Who left while a node heard nothing has left for the reason that it was: an operator who
// had somebody leave does not read that this one hung up. So it is in each portion of an
// answer.
func TestWhyOthersLeftMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, shelf{})
		me, err := e.house.Enter(room.Visitor{Name: "me", Door: "ssh", Terminal: true})
		if err != nil {
			t.Fatal(err)
		}
		defer me.Leave(room.Quit)
		there := room.NewHouse()
		relay := there.Relay("n")
		var users []*room.User
		for _, name := range []string{"ann", "bob", "cy", "dee"} {
			u, err := there.Enter(room.Visitor{Name: name, Door: "ssh", Terminal: true})
			if err != nil {
				t.Fatal(err)
			}
			defer u.Leave(room.Quit)
			users = append(users, u)
		}
		e.hears(packet{N: 2})
		e.answers(packet{Sessions: relay.Changed(), All: true, Upto: 2})

		var sent outbox
		for i, reason := range []room.Reason{room.Kicked, room.Idle, room.Quit} {
			users[i].Leave(reason)
			sent.add(&packet{Sessions: relay.Changed()})
		}
		missed, _ := sent.after(0)
		e.hears(packet{N: 6})
		e.answers(packet{Sessions: missed[0].Sessions}, packet{Upto: 3})
		e.answers(packet{Sessions: missed[1].Sessions}, packet{Sessions: missed[2].Sessions}, packet{Sessions: relay.All(), All: true, Upto: 6})
		var left []string
		for _, one := range me.Take(make([]*room.Event, 0, 64)) {
			if one.Kind == room.Left {
				left = append(left, one.Who.Name+" "+string(one.Reason))
			}
		}
		if want := []string{"ann kicked", "bob idle", "cy quit"}; !slices.Equal(left, want) {
			t.Errorf("left: %q, want %q", left, want)
		}
	})
}
