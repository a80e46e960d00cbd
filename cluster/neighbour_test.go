package cluster

import (
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
