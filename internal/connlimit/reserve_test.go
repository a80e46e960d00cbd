package connlimit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func isOperator() bool  { return true }
func notOperator() bool { return false }

// newFullFixture returns a fixture whose ordinary places are all taken by sessions.
func newFullFixture(t *testing.T) *fixture {
	l := newFixture(t, New(Limits{Total: 5, Handshakes: 100}))
	for n := range 5 {
		l.mustAccept(fmt.Sprintf("192.0.2.%d", n)).conn.SessionStarted()
	}
	return l
}

// acquireAsOperator connects to a listener on which operators log in.
func (f *fixture) acquireAsOperator(name string) *Conn {
	c, _ := f.limiter.acquire(newSilentConn(name), true)
	return c
}

// A full server admits a client that might be an operator, until it knows better.
func TestReservedPlacesForOperators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFullFixture(t)
		l.mustRefuse("198.51.100.1", ServerFull) // on a listener without operators
		operator, stranger := l.acquireAsOperator("198.51.100.1"), l.acquireAsOperator("198.51.100.2")
		if operator == nil || stranger == nil {
			t.Fatal("a client that may be an operator is refused")
		}
		if why := operator.CheckReserved(isOperator); why != nil {
			t.Errorf("the operator is turned away: %v", why)
		}
		operator.SessionStarted()
		if why := stranger.CheckReserved(notOperator); why == nil || why.Code != ServerFull {
			t.Errorf("the stranger is told %v, want %v", why, ServerFull)
		}
		if n := l.limiter.Counts().Refused["total"]; n != 2 {
			t.Errorf("%d refusals are counted, want 2", n)
		}
		stranger.Close()
		l.checkCounts(6, 0, 6)
	})
}

// A crowd that takes the reserved places holds each of them for a second. The last ones are for
// this machine alone, which does not include all of 127.0.0.0/8.
func TestReservedPlacesUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFullFixture(t)
		for range reservedPlaces - loopbackReserved {
			if l.acquireAsOperator("198.51.100.1") == nil {
				t.Fatal("a reserved place is missing")
			}
		}
		if l.acquireAsOperator("198.51.100.2") != nil || l.acquireAsOperator("127.0.0.2") != nil {
			t.Fatal("there are too many reserved places")
		}
		for n := range loopbackReserved {
			l.mustAccept([]string{"127.0.0.1", "::1"}[n%2]).conn.SessionStarted()
		}
		l.mustRefuse("127.0.0.1", ServerFull)
		time.Sleep(2 * time.Second)
		if l.acquireAsOperator("198.51.100.2") == nil {
			t.Error("no silent connection was closed to make room")
		}
		l.checkCounts(5+reservedPlaces, reservedPlaces-loopbackReserved, l.limiter.usage.byPrefix.Len())
	})
}

// A connection moves from a reserved place to an ordinary one when somebody leaves.
func TestReservedPlaceIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Total: 1}))
		first := l.mustAccept("192.0.2.1")
		first.conn.SessionStarted()
		c := l.acquireAsOperator("192.0.2.2")
		first.conn.Close()
		if why := c.CheckReserved(notOperator); why != nil {
			t.Errorf("the client is turned away although there is room: %v", why)
		}
		c.SessionStarted()
		l.mustRefuse("192.0.2.3", ServerFull)
		c.Close()
		l.mustAccept("192.0.2.3")
		if l.limiter.reserved != 0 {
			t.Errorf("%d reserved places are taken, want 0", l.limiter.reserved)
		}
	})
}

// On a full server, a connection without a session makes room for a new one, but not within its
// first second: neither after connecting nor after its last session.
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
			t.Errorf("closed: the one without a session %t, the one with a session %t; want only the first", master.isClosed(), talker.isClosed())
		}
		l.checkCounts(2, 1, 2)
		master.conn.SessionEnded() // reported late, after the connection was closed
		l.checkCounts(2, 1, 2)
	})
}

// A flood of connections without a session leaves the reserved places alone, on a full server as
// well. A client that got in by one moves to an ordinary place as soon as there is one.
func TestConnectFloodSparesReserve(t *testing.T) {
	for name, total := range map[string]int{"a server with room": 100, "a full server": 4} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newFixture(t, New(Limits{Address: 32, Handshakes: 4, Total: total}))
				for n := range 4 {
					l.mustAccept(fmt.Sprintf("192.0.2.%d", n))
				}
				if l.acquireAsOperator("198.51.100.1") == nil {
					t.Error("an operator is refused")
				}
				machine := l.mustAccept("127.0.0.1")
				l.mustAccept("::1")
				machine.conn.SessionStarted()
				if want := total == 4; machine.conn.reserved != want {
					t.Errorf("the connection holds a reserved place: %t, want %t", machine.conn.reserved, want)
				}
			})
		})
	}
}
