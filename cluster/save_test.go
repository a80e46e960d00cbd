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

	"teahouse/room"
)

// A cupboard is a store that has what the nodes put there: each message is one line, told as
// identity, room and number.
type cupboard struct {
	nothing
	messages []string
	fails    int       // so many of the next Saves, once the message is there
	last     time.Time // of the last event that was saved
	atClose  string    // what is left to it
}

func (c *cupboard) Tail(_ context.Context, after uint64, f func(string, string, *room.Event)) (uint64, error) {
	for _, m := range c.messages[after:] {
		var by, where string
		var seq uint64
		if _, err := fmt.Sscan(m, &by, &where, &seq); err != nil {
			return after, err
		}
		f(by, where, &room.Event{Seq: seq, Time: time.Now(), Kind: room.Said, Who: &room.Who{Name: "ada"}, Text: fmt.Sprint(seq)})
	}
	return uint64(len(c.messages)), nil
}

func (c *cupboard) Save(_ context.Context, identity, where string, events []*room.Event) (uint64, error) {
	for _, e := range events {
		c.messages, c.last = append(c.messages, fmt.Sprint(identity, " ", where, " ", e.Seq)), e.Time
	}
	if c.fails > 0 {
		c.fails--
		return 0, errors.New("nobody says whether it is stored")
	}
	return uint64(len(c.messages)), nil
}

func (c *cupboard) SaveAtClose(identity string, after uint64, rooms map[string][]*room.Event) {
	c.atClose = fmt.Sprint(identity, " after ", after)
	for where, events := range rooms {
		for _, e := range events {
			c.atClose += fmt.Sprint(" ", where, " ", e.Seq)
		}
	}
}

// stored checks what is in the store.
func (e *ear) stored(want ...string) {
	e.t.Helper()
	if got := e.store.(*cupboard).messages; !slices.Equal(got, want) {
		e.t.Errorf("stored is %q, want %q", got, want)
	}
}

// tells checks what e has told the other nodes of what it stored.
func (e *ear) tells(want ...saved) {
	e.t.Helper()
	var told []saved
	for _, p := range e.outbox.packets {
		if p.Saved != nil {
			told = append(told, *p.Saved)
		}
	}
	if !slices.Equal(told, want) {
		e.t.Errorf("told is %v, want %v", told, want)
	}
}

// keeps has the node say that it is there, and up to which packet it has stored all.
func (e *ear) keeps(last, kept, stored uint64) {
	e.n.beaten(&beat{Node: "n", Identity: "n.1", N: last, Kept: kept, Stored: stored})
}

// meets has the node be heard from its first packet on.
func (e *ear) meets() {
	e.keeps(0, 0, 0)
	e.answers(packet{All: true})
}

// long is after how long a node that is silent is lost, and all is done that follows.
const long = room.LostTime + 2*time.Second

// A node dies before it has stored all that others heard of it: one of them stores the rest,
// and tells the others.
func TestSurvivorStoresTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, &cupboard{messages: []string{"n.1 lobby 1", "n.1 lobby 2"}})
		e.meets()
		ahead := time.Now().Add(time.Hour) // as a wrong clock has it, and no reader here
		for seq := range uint64(4) {
			one := line("lobby", seq+1)
			one.Time = ahead
			e.hears(packet{N: seq + 1, Events: []event{one}})
		}
		e.keeps(4, 1, 1)
		e.waits(long)
		if at := e.store.(*cupboard).last; !at.Equal(ahead) {
			t.Errorf("the last line is stored as of %v, and was said at %v", at, ahead)
		}
		e.stored("n.1 lobby 1", "n.1 lobby 2", "n.1 lobby 3", "n.1 lobby 4")
		e.tells(saved{By: "n.1", Upto: 4})
		e.has("lobby 1", "lobby 2", "lobby 3", "lobby 4")
	})
}

// It is started again at once: then it is known that the process before is gone.
func TestRestStoredWhenAnotherProcessBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, &cupboard{})
		e.meets()
		e.hears(packet{N: 1, Events: says("lobby", 1)})
		e.hears(packet{N: 1, Identity: "n.2", Events: says("lobby", 1)})
		e.waits(time.Second)
		e.stored("n.1 lobby 1")
		e.tells(saved{By: "n.1", Upto: 1})
	})
}

// It says that it leaves, and does not live to store what came last.
func TestRestOfOneThatLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, &cupboard{})
		e.meets()
		e.hears(packet{N: 1, Events: says("lobby", 1)})
		e.n.beaten(&beat{Node: "n", Identity: "n.1", N: 1, Leaving: true})
		e.waits(closeTime - time.Second)
		e.stored()
		e.waits(2 * time.Second)
		e.stored("n.1 lobby 1")
	})
}

// What is forgotten, or beyond what is remembered, is not stored anew; that somebody wants to
// be forgotten is.
func TestForgottenIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, &cupboard{})
		e.meets()
		secret, forgot := line("lobby", 1), line("lobby", 3)
		secret.Who, forgot.Who = &room.Who{Name: "eve", Key: "eve"}, &room.Who{Name: "eve", Key: "eve"}
		forgot.Kind, forgot.Text = "forgot", ""
		e.hears(packet{N: 1, Events: []event{secret, line("lobby", 2), forgot}})
		e.waits(long)
		e.stored("n.1 lobby 2", "n.1 lobby 3")
	})
}

// Of several one goes first, and tells the others, which store nothing then; where it does
// not, they do.
func TestTurnsInStoring(t *testing.T) {
	for _, first := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			e := newEar(t, &cupboard{})
			e.meets()
			e.hears(packet{N: 1, Events: says("lobby", 1)})
			other := e.neighbour("b")
			for range room.LostTime / time.Second {
				other.beaten(&beat{Node: "b", Identity: "b.1"})
				other.receive(&packet{Node: "b", Identity: "b.1", Ask: other.ask, Part: 1, All: true})
				e.waits(time.Second)
			}
			other.beaten(&beat{Node: "b", Identity: "b.1"})
			e.waits(time.Second)
			e.stored()
			if first {
				e.store.(*cupboard).messages = []string{"n.1 lobby 1"}
				other.receive(&packet{Node: "b", Identity: "b.1", N: 1, Saved: &saved{By: "n.1", Upto: 1}})
			}
			e.waits(turnTime + time.Second)
			e.stored("n.1 lobby 1")
			e.has("lobby 1")
			if first {
				e.tells()
			}
		})
	}
}

// A node is stopped that has heard of another what that has not stored yet: it leaves that to
// its store, be the other one alive or not. The others look for it later.
func TestSavedAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cupboard{messages: []string{"n.1 lobby 1"}}
		e := newEar(t, c)
		e.meets()
		for seq := range uint64(2) {
			e.hears(packet{N: seq + 1, Events: says("lobby", seq+1)})
			e.keeps(1, 1, 1)
		}
		e.saveAtClose()
		if want := "n.1 after 1 lobby 2"; c.atClose != want {
			t.Errorf("left is %q, want %q", c.atClose, want)
		}
		e.tells(saved{By: "n.1", After: 1})
	})
	synctest.Test(t, func(t *testing.T) {
		c := &cupboard{}
		e := newEar(t, c)
		e.meets()
		e.hears(packet{N: 1, Events: says("lobby", 1)})
		e.n.oweSaved(&saved{By: "n.1"})
		e.waits(long + turnTime)
		e.stored("n.1 lobby 1")
		c.messages = append(c.messages, "n.1 lobby 2")
		e.waits(closeTime)
		e.has("lobby 1", "lobby 2")
	})
}

// The acknowledgement gets lost: it is not stored twice, and the others are told all the same.
func TestStoredWithoutWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, &cupboard{fails: 1})
		e.meets()
		e.hears(packet{N: 1, Events: says("lobby", 1)})
		e.waits(long)
		e.stored("n.1 lobby 1")
		e.tells(saved{By: "n.1", Upto: 1})
	})
}

// What another node has saved is read once: of a process that nobody knew here, of this
// node's own of before it was started again, of a neighbour's, also of one that was there
// before. What that had stored itself comes first.
func TestSavedIsHeardOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cupboard{messages: []string{"n.1 lobby 1", "me.0 lobby 9"}}
		e := newEar(t, c)
		e.began = 2
		e.meets()
		e.hears(packet{N: 1, Events: says("lobby", 1)})
		n := uint64(1)
		saves := func(by string, lines ...string) {
			after := uint64(len(c.messages))
			for _, line := range lines {
				c.messages = append(c.messages, by+" lobby "+line)
			}
			n++
			e.hears(packet{N: n, Saved: &saved{By: by, After: after, Upto: uint64(len(c.messages))}})
			e.waits(time.Second)
		}
		saves("me.0", "10", "11")
		saves("me.0", "10", "11", "12")
		saves("x.1", "20")
		saves("x.1", "20")
		saves("me.1", "30") // which is there, whatever they think
		c.messages = append(c.messages, "n.1 lobby 2")
		saves("n.1", "1", "3")
		want := []string{"lobby 1", "lobby 10", "lobby 11", "lobby 12", "lobby 20", "lobby 2", "lobby 3"}
		e.has(want...)
		n++
		e.hears(packet{N: n, Events: says("lobby", 3)})
		e.hears(packet{N: 1, Identity: "n.2"})
		e.answers(packet{Identity: "n.2", All: true, Upto: 1})
		e.waits(time.Second)
		e.has(want...)
		c.messages = append(c.messages, "n.1 lobby 4")
		e.hears(packet{N: 2, Identity: "n.2", Saved: &saved{By: "n.1", After: 5, Upto: uint64(len(c.messages))}})
		e.waits(time.Second)
		e.has(append(want, "lobby 4")...)
	})
}

// Others take a process for gone, and store what it said, of which nothing was heard here yet:
// it is heard when it is there after all, and that once.
func TestSavedOfOneThatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, &cupboard{messages: []string{"n.2 lobby 1"}})
		e.meets()
		e.hears(packet{N: 1, Saved: &saved{By: "n.2", Upto: 1}})
		e.waits(time.Second)
		e.has("lobby 1")
		e.hears(packet{N: 1, Identity: "n.2"})
		e.answers(packet{Identity: "n.2", Events: []event{line("lobby", 1), line("lobby", 2)}}, packet{Identity: "n.2", All: true, Upto: 1})
		e.has("lobby 1", "lobby 2")
	})
}

// What was in the store already when this node was started is not read again.
func TestSavedBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, &cupboard{messages: []string{"x.1 lobby 1"}})
		e.began = 1
		e.meets()
		e.hears(packet{N: 1, Saved: &saved{By: "x.1", Upto: 1}})
		e.waits(time.Second)
		e.has()
		if n := e.Status().Caught; n > 0 {
			t.Errorf("the store is read %d times", n)
		}
	})
}

// A node tells up to which packet all is stored: its rooms are stored each by itself.
func TestPacketsThatAreStored(t *testing.T) {
	var o outbox
	for _, events := range [][]event{says("lobby", 1), nil, says("tea", 1), says("lobby", 2)} {
		o.add(&packet{Events: events})
	}
	stored := map[string]uint64{"lobby": 2}
	of := func(where string) uint64 { return stored[where] }
	if n := o.keep(of); n != 2 {
		t.Errorf("it is %d", n)
	}
	stored["tea"] = 1
	if n := o.keep(of); n != 4 {
		t.Errorf("it is %d", n)
	}
}

// What is kept of one neighbour is bounded: what is stored goes at each beat, and the oldest
// where that does not come.
func TestUnkeptIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(t, &cupboard{})
		e.meets()
		for n := range uint64(2000) {
			one := line("lobby", n+1)
			one.Text = strings.Repeat("x", 4000)
			e.hears(packet{N: n + 1, Events: []event{one}})
		}
		if u := e.n.unkept; u.bytes > mostUnkept || len(u.lines) > mostUnkept/4000 || u.lines[len(u.lines)-1].sent.Seq != 2000 {
			t.Errorf("%d lines of %d bytes are kept", len(u.lines), u.bytes)
		}
		e.keeps(2000, 2000, 0)
		if u := e.n.unkept; u.bytes > 0 || len(u.lines) > 0 {
			t.Errorf("%d lines of %d bytes are kept", len(u.lines), u.bytes)
		}
	})
}
