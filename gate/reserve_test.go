package gate

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func yes() bool { return true }
func no() bool  { return false }

// full returns a gate whose ordinary places are all taken by people who are in.
func full(t *testing.T) *lodge {
	l := open(t, New(Limits{Total: 5, Handshakes: 100}))
	for n := range 5 {
		l.comesIn(fmt.Sprintf("192.0.2.%d", n)).conn.Admitted()
	}
	return l
}

// byOperators lets somebody come by a door where operators come in.
func (l *lodge) byOperators(name string) *Conn {
	c, _ := l.gate.enter(newDeaf(name), true)
	return c
}

// A full house has places for operators: who comes by their door is let in until it is
// known who that is.
func TestPlacesForOperators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := full(t)
		l.isRefused("198.51.100.1", Full) // at a door without operators
		operator, stranger := l.byOperators("198.51.100.1"), l.byOperators("198.51.100.2")
		if operator == nil || stranger == nil {
			t.Fatal("they are not let in")
		}
		if why := operator.Stay(yes); why != nil {
			t.Errorf("the operator is turned away: %v", why)
		}
		operator.Admitted()
		if why := stranger.Stay(no); why == nil || why.Phrase != Full {
			t.Errorf("the stranger hears %v", why)
		}
		if n := l.gate.Counts().Refused["total"]; n != 2 {
			t.Errorf("%d refusals are counted, want 2", n)
		}
		stranger.Close()
		l.has(6, 0, 6)
	})
}

// A crowd that takes the places that are kept has each of them for a second; the last are
// this machine's alone, as which not all of 127.0.0.0/8 counts.
func TestCrowdOnTheReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := full(t)
		for range Kept - machineKept {
			if l.byOperators("198.51.100.1") == nil {
				t.Fatal("there is no place")
			}
		}
		if l.byOperators("198.51.100.2") != nil || l.byOperators("127.0.0.2") != nil {
			t.Fatal("there are too many places")
		}
		for n := range machineKept {
			l.comesIn([]string{"127.0.0.1", "::1"}[n%2]).conn.Admitted()
		}
		l.isRefused("127.0.0.1", Full)
		time.Sleep(2 * time.Second)
		if l.byOperators("198.51.100.2") == nil {
			t.Error("nobody is displaced")
		}
		l.has(5+Kept, Kept-machineKept, len(l.gate.addresses.known))
	})
}

// Who has one of those places while others leave has an ordinary one then.
func TestPlaceIsOrdinaryOnceThereIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Total: 1}))
		first := l.comesIn("192.0.2.1")
		first.conn.Admitted()
		c := l.byOperators("192.0.2.2")
		first.conn.Close()
		if why := c.Stay(no); why != nil {
			t.Errorf("it has to go: %v", why)
		}
		c.Admitted()
		l.isRefused("192.0.2.3", Full)
		c.Close()
		l.comesIn("192.0.2.3")
		if l.gate.kept != 0 {
			t.Errorf("%d of the places that are kept are taken", l.gate.kept)
		}
	})
}

// In a full house, who has no session goes first for somebody new, but not in the first
// second: neither who has just come nor whose last session has just ended.
func TestSessionlessGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Total: 2, Handshakes: 100}))
		master, talker := l.comesIn("192.0.2.1"), l.comesIn("192.0.2.2")
		master.conn.Admitted()
		talker.conn.Admitted()
		time.Sleep(time.Hour)
		l.isRefused("192.0.2.3", Full)
		master.conn.Vacated()
		master.conn.Vacated()
		l.isRefused("192.0.2.3", Full)
		time.Sleep(2 * time.Second)
		l.comesIn("192.0.2.3")
		if !master.isOut() || talker.isOut() {
			t.Errorf("out: who has no session %t, who has one %t", master.isOut(), talker.isOut())
		}
		l.has(2, 1, 2)
		master.conn.Vacated() // it comes to know of it late
		l.has(2, 1, 2)
	})
}

// Newcomers who take all places without a session leave those that are kept, also in a full
// house; who comes in by one of these has an ordinary place then, at every door.
func TestStormLeavesTheReserve(t *testing.T) {
	for name, total := range map[string]int{"a house with room": 100, "a full house": 4} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := open(t, New(Limits{Address: 32, Handshakes: 4, Total: total}))
				for n := range 4 {
					l.comesIn(fmt.Sprintf("192.0.2.%d", n))
				}
				if l.byOperators("198.51.100.1") == nil {
					t.Error("there is no place for an operator")
				}
				machine := l.comesIn("127.0.0.1")
				l.comesIn("::1")
				machine.conn.Admitted()
				if want := total == 4; machine.conn.kept != want {
					t.Errorf("its place is kept: %t, want %t", machine.conn.kept, want)
				}
			})
		})
	}
}
