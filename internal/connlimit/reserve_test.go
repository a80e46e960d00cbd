package connlimit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func isOperator() bool  { return true }
func notOperator() bool { return false }

// newFullFixture returns a gate whose ordinary places are all taken by people who are in.
func newFullFixture(t *testing.T) *fixture {
	l := newFixture(t, New(Limits{Total: 5, Handshakes: 100}))
	for n := range 5 {
		l.mustAccept(fmt.Sprintf("192.0.2.%d", n)).conn.SessionStarted()
	}
	return l
}

// acquireAsOperator lets somebody come by a door where operators come in.
func (f *fixture) acquireAsOperator(name string) *Conn {
	c, _ := f.limiter.acquire(newSilentConn(name), true)
	return c
}

// A full house has places for operators: who comes by their door is let in until it is
// known who that is.
func TestReservedPlacesForOperators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFullFixture(t)
		l.mustRefuse("198.51.100.1", ServerFull) // at a door without operators
		operator, stranger := l.acquireAsOperator("198.51.100.1"), l.acquireAsOperator("198.51.100.2")
		if operator == nil || stranger == nil {
			t.Fatal("they are not let in")
		}
		if why := operator.CheckReserved(isOperator); why != nil {
			t.Errorf("the operator is turned away: %v", why)
		}
		operator.SessionStarted()
		if why := stranger.CheckReserved(notOperator); why == nil || why.Code != ServerFull {
			t.Errorf("the stranger hears %v", why)
		}
		if n := l.limiter.Counts().Refused["total"]; n != 2 {
			t.Errorf("%d refusals are counted, want 2", n)
		}
		stranger.Close()
		l.checkCounts(6, 0, 6)
	})
}

// A crowd that takes the places that are kept has each of them for a second; the last are
// this machine's alone, as which not all of 127.0.0.0/8 counts.
func TestReservedPlacesUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFullFixture(t)
		for range ReservedPlaces - loopbackReserved {
			if l.acquireAsOperator("198.51.100.1") == nil {
				t.Fatal("there is no place")
			}
		}
		if l.acquireAsOperator("198.51.100.2") != nil || l.acquireAsOperator("127.0.0.2") != nil {
			t.Fatal("there are too many places")
		}
		for n := range loopbackReserved {
			l.mustAccept([]string{"127.0.0.1", "::1"}[n%2]).conn.SessionStarted()
		}
		l.mustRefuse("127.0.0.1", ServerFull)
		time.Sleep(2 * time.Second)
		if l.acquireAsOperator("198.51.100.2") == nil {
			t.Error("nobody is displaced")
		}
		l.checkCounts(5+ReservedPlaces, ReservedPlaces-loopbackReserved, len(l.limiter.usage.byPrefix))
	})
}

// Who has one of those places while others leave has an ordinary one then.
func TestReservedPlaceIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Total: 1}))
		first := l.mustAccept("192.0.2.1")
		first.conn.SessionStarted()
		c := l.acquireAsOperator("192.0.2.2")
		first.conn.Close()
		if why := c.CheckReserved(notOperator); why != nil {
			t.Errorf("it has to go: %v", why)
		}
		c.SessionStarted()
		l.mustRefuse("192.0.2.3", ServerFull)
		c.Close()
		l.mustAccept("192.0.2.3")
		if l.limiter.reserved != 0 {
			t.Errorf("%d of the places that are kept are taken", l.limiter.reserved)
		}
	})
}

// In a full house, who has no session goes first for somebody new, but not in the first
// second: neither who has just come nor whose last session has just ended.
func TestHandshakesAreDisplacedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Total: 2, Handshakes: 100}))
		master, talker := l.mustAccept("192.0.2.1"), l.mustAccept("192.0.2.2")
		master.conn.SessionStarted()
		talker.conn.SessionStarted()
		time.Sleep(time.Hour)
		l.mustRefuse("192.0.2.3", ServerFull)
		master.conn.SessionEnded()
		master.conn.SessionEnded()
		l.mustRefuse("192.0.2.3", ServerFull)
		time.Sleep(2 * time.Second)
		l.mustAccept("192.0.2.3")
		if !master.isClosed() || talker.isClosed() {
			t.Errorf("out: who has no session %t, who has one %t", master.isClosed(), talker.isClosed())
		}
		l.checkCounts(2, 1, 2)
		master.conn.SessionEnded() // it comes to know of it late
		l.checkCounts(2, 1, 2)
	})
}

// Newcomers who take all places without a session leave those that are kept, also in a full
// house; who comes in by one of these has an ordinary place then, at every door.
func TestConnectFloodSparesReserve(t *testing.T) {
	for name, total := range map[string]int{"a house with room": 100, "a full house": 4} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newFixture(t, New(Limits{Address: 32, Handshakes: 4, Total: total}))
				for n := range 4 {
					l.mustAccept(fmt.Sprintf("192.0.2.%d", n))
				}
				if l.acquireAsOperator("198.51.100.1") == nil {
					t.Error("there is no place for an operator")
				}
				machine := l.mustAccept("127.0.0.1")
				l.mustAccept("::1")
				machine.conn.SessionStarted()
				if want := total == 4; machine.conn.reserved != want {
					t.Errorf("its place is kept: %t, want %t", machine.conn.reserved, want)
				}
			})
		})
	}
}
