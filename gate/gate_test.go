package gate

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"
)

// One address cannot take all places, however it is written; who leaves makes
// room for one, even who closes twice.
func TestOneAddressHasItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Address: 2}))
		first := l.comesIn("192.0.2.1")
		l.comesIn("::ffff:192.0.2.1")
		l.isRefused("192.0.2.1", TooManyHere, 2)
		l.isRefused("::ffff:192.0.2.1", TooManyHere, 2)
		l.comesIn("192.0.2.2")

		l.comesIn("2001:db8:0:1::1")
		l.comesIn("2001:db8:0:1:ffff::2")
		l.isRefused("2001:db8:0:1:2:3:4:5", TooManyHere, 2)
		l.comesIn("2001:db8:0:2::1")

		var closing sync.WaitGroup
		for range 3 {
			closing.Go(func() { first.conn.Close() })
		}
		closing.Wait()
		l.comesIn("192.0.2.1")
		l.isRefused("192.0.2.1", TooManyHere, 2)
		l.has(6, 6, 6) // the networks around the last two among them
	})
}

// Somebody may come back a few times at once, and then at the limit's pace.
// Who comes too soon loses nothing by it, and costs nobody else anything.
func TestHaste(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Connects: 4}))
		for range 2 {
			l.comesIn("192.0.2.1").conn.Close()
		}
		for range 5 {
			l.isRefused("192.0.2.1", TooFast)
		}
		l.comesIn("192.0.2.2")
		time.Sleep(14 * time.Second)
		l.isRefused("192.0.2.1", TooFast)
		time.Sleep(2 * time.Second)
		l.comesIn("192.0.2.1")
		l.isRefused("192.0.2.1", TooFast)
	})
}

// One connection a minute means one, not none.
func TestOneConnectAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Connects: 1}))
		l.comesIn("192.0.2.1")
		l.isRefused("192.0.2.1", TooFast)
		time.Sleep(59 * time.Second)
		l.isRefused("192.0.2.1", TooFast)
		time.Sleep(2 * time.Second)
		l.comesIn("192.0.2.1")
	})
}

// A full house has room again when somebody leaves. Who comes by a unix socket
// needs a place, and nothing else.
func TestFullHouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Total: 4, Address: 1, Connects: 1, Handshakes: 1}))
		first := l.comesIn("192.0.2.1")
		first.conn.Admitted()
		for range 3 {
			l.comesIn("a socket")
		}
		l.isRefused("192.0.2.2", Full)
		l.isRefused("a socket", Full)
		first.conn.Close()
		l.comesIn("192.0.2.2")
		l.isRefused("a socket", Full)
		l.has(4, 1, 2)
	})
}

// Those who connect and then say nothing lock nobody out: after a second of
// peace the oldest of them goes when somebody needs its place.
func TestCrowdThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Handshakes: 2, Address: 2}))
		admitted := l.comesIn("192.0.2.1")
		oldest := l.comesIn("192.0.2.1")
		admitted.conn.Admitted()
		admitted.conn.Admitted()
		second := l.comesIn("192.0.2.2")

		time.Sleep(time.Second)
		l.isRefused("192.0.2.3", TooBusy)
		l.has(3, 2, 2) // of who is refused nothing is kept
		time.Sleep(time.Nanosecond)
		l.comesIn("192.0.2.3")
		if !oldest.isOut() || second.isOut() || admitted.isOut() {
			t.Errorf("out: the oldest %t, the second %t, the admitted %t; want the oldest alone", oldest.isOut(), second.isOut(), admitted.isOut())
		}
		l.has(3, 2, 3)

		// The door comes to know of it later, which changes nothing.
		oldest.conn.Admitted()
		oldest.conn.Close()
		l.has(3, 2, 3)
		l.comesIn("192.0.2.1") // it has its place back, and the second's
		l.isRefused("192.0.2.1", TooManyHere, 2)
		if !second.isOut() {
			t.Error("the second oldest is not displaced")
		}
	})
}

// Who takes long to come in keeps its place while some have many: theirs go first, the
// oldest of the address or network that has most.
func TestCrowdGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Handshakes: 24, Address: 100}))
		slow, other := l.comesIn("192.0.2.1"), l.comesIn("2001:db8:ffff::1")
		var crowd []*visitor
		for i := range 22 {
			crowd = append(crowd, l.comesIn([]string{"192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8:0:100::1"}[i%4]))
		}
		for i := range 100 {
			time.Sleep(time.Second + time.Nanosecond)
			l.comesIn([]string{"192.0.2.2", "192.0.2.5", "192.0.2.6", "2001:db8:0:100::2", "2001:db8:0:200::2"}[i%5])
		}
		if slow.isOut() || other.isOut() {
			t.Errorf("out: the slow one %t, another %t; want neither", slow.isOut(), other.isOut())
		}
		if !crowd[0].isOut() {
			t.Error("the first of the crowd has its place still")
		}
	})
}

// Handshakes that end make room at once.
func TestHandshakesThatEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Handshakes: 1}))
		for range 3 {
			l.comesIn("192.0.2.1").conn.Admitted()
			l.comesIn("192.0.2.1").conn.Close()
		}
		l.has(3, 0, 1)
	})
}

// Where several limits are reached, the first in order is what is said; a token
// is taken only by those who get as far as that.
func TestOrderOfLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Total: 2, Address: 1, Connects: 2, Handshakes: 1}))
		first := l.comesIn("192.0.2.1") // takes the only token
		l.isRefused("192.0.2.1", TooManyHere, 1)
		socket := l.comesIn("a socket")
		l.isRefused("192.0.2.1", Full)
		l.isRefused("192.0.2.2", Full)
		socket.conn.Close()
		l.isRefused("192.0.2.2", TooBusy) // takes the only token
		first.conn.Close()
		l.isRefused("192.0.2.1", TooFast)
		l.isRefused("192.0.2.2", TooFast)
		l.comesIn("192.0.2.3")
		l.has(1, 1, 3)
	})
}

// Without limits everybody comes in, and no address is remembered.
func TestNoLimits(t *testing.T) {
	for name, g := range map[string]*Gate{"New": New(Limits{}), "the zero Gate": {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := open(t, g)
				for range 100 {
					v := l.comesIn("192.0.2.1")
					v.conn.Admitted()
				}
				l.comesIn("a socket").conn.Close()
				l.has(100, 0, 0)
			})
		})
	}
}

// One gate counts for all doors.
func TestTwoDoors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Limits{Address: 1})
		front, back := open(t, g), open(t, g)
		v := front.comesIn("192.0.2.1")
		back.isRefused("192.0.2.1", TooManyHere, 1)
		v.conn.Close()
		back.comesIn("192.0.2.1")
	})
}

// The log has each refusal for who looks closely, and one line a minute for
// each limit for who does not.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{}
		g := New(Limits{Total: 2, Address: 1, Handshakes: 1})
		g.Log = log.NewWithOptions(j, log.Options{Level: log.DebugLevel})
		l := open(t, g)
		wants := func(n int, words ...string) {
			t.Helper()
			if lines := j.lines(words...); len(lines) != n {
				t.Errorf("%d lines with %q, want %d: %q", len(lines), words, n, lines)
			}
		}
		first := l.comesIn("192.0.2.1")
		for range 5 {
			l.isRefused("192.0.2.1", TooManyHere, 1)
		}
		l.isRefused("192.0.2.2", TooBusy)
		wants(5, "DEBU", "refused", "addr=192.0.2.1:40000", "limit=address")
		wants(1, "WARN", "connections are refused", "limit=address", "count=1")
		wants(1, "WARN", "connections are refused", "limit=handshakes", "count=1")
		wants(2, "WARN")

		time.Sleep(time.Minute)
		l.isRefused("192.0.2.1", TooManyHere, 1)
		l.isRefused("192.0.2.1", TooManyHere, 1)
		wants(1, "WARN", "limit=address", "count=5")
		wants(3, "WARN")

		l.comesIn("192.0.2.2")
		if !first.isOut() {
			t.Fatal("nobody is displaced")
		}
		wants(1, "DEBU", "displaced", "addr=192.0.2.1:40000", "after=1m")
	})
}

// However many come and go at once at two doors, the books are right in the
// end, and no more were in than may be.
func TestComingAndGoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 10
		origins := []string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "a socket"}
		g := New(Limits{Total: total, Address: 4, Handshakes: 3})
		var inside, most atomic.Int64
		var people sync.WaitGroup
		for range 2 {
			s := newStreet()
			l := g.Listener(s, false, speak)
			people.Go(func() {
				for range 500 {
					s.arrivals <- newDeaf(origins[time.Now().Nanosecond()%len(origins)])
					time.Sleep(time.Millisecond + time.Nanosecond)
				}
				l.Close()
			})
			for range 2 {
				people.Go(func() {
					for {
						conn, err := l.Accept()
						if err != nil {
							return
						}
						n := inside.Add(1)
						for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
						}
						people.Go(func() {
							go conn.(*Conn).Admitted()
							time.Sleep(7 * time.Millisecond)
							inside.Add(-1)
							conn.Close()
						})
					}
				})
			}
		}
		people.Wait()
		if n := most.Load(); n > total || n < 2 {
			t.Errorf("%d were in at a time, want some and %d at most", n, total)
		}
		(&lodge{t: t, gate: g}).has(0, 0, 0)
	})
}

// Who watches a gate sees how many are here, and what each limit has refused since
// the start, though the log begins to count anew with each warning.
func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Limits{Address: 1, Handshakes: 1})
		l := open(t, g)
		first := l.comesIn("192.0.2.1")
		for range 3 {
			l.isRefused("192.0.2.1", TooManyHere, 1)
			time.Sleep(2 * warnPause)
		}
		l.comesIn("192.0.2.2") // in the place of the first, which never came in
		first.conn.Close()
		c := g.Counts()
		if c.Connections != 1 || c.Handshakes != 1 || c.Accepted != 2 || c.Displaced != 1 || c.Refused["address"] != 3 || c.Refused["total"] != 0 || len(c.Refused) != 5 {
			t.Errorf("the gate counts %+v", c)
		}
	})
}

// A gate without limits counts who is here all the same, and who is not in yet.
func TestCountsWithoutLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, g := range []*Gate{{}, New(Limits{Total: 10})} {
			l := open(t, g)
			first := l.comesIn("192.0.2.1")
			l.comesIn("192.0.2.1")
			l.comesIn("192.0.2.1").conn.Admitted()
			first.conn.Close()
			first.conn.Close()
			if c := g.Counts(); c.Connections != 2 || c.Handshakes != 1 || c.Accepted != 3 {
				t.Errorf("the gate counts %+v", c)
			}
		}
	})
}

// Who runs the house has other limits hold: nobody who is in loses a place by it,
// all who were counted still are, and an address has its haste forgiven.
func TestOtherLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Limits{Address: 3, Connects: 6})
		l := open(t, g)
		first := l.comesIn("192.0.2.1")
		l.comesIn("192.0.2.1")
		l.comesIn("192.0.2.1")
		l.isRefused("192.0.2.1", TooManyHere, 3)

		g.Limit(Limits{Address: 2, Connects: 4})
		l.isRefused("192.0.2.1", TooManyHere, 2)
		first.conn.Close()
		l.isRefused("192.0.2.1", TooManyHere, 2)

		g.Limit(Limits{Connects: 2})
		l.comesIn("192.0.2.1")
		l.isRefused("192.0.2.1", TooFast)

		g.Limit(Limits{})
		for range 5 {
			l.comesIn("192.0.2.1")
		}
		g.Limit(Limits{Address: 5, Total: 8})
		l.isRefused("192.0.2.3", Full)
		g.Limit(Limits{Address: 5, Total: 9})
		l.comesIn("192.0.2.3")
	})
}

// A Gate is made without limits, or with none to speak of, and gets some.
func TestZeroGateGetsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &Gate{}
		l := open(t, g)
		l.comesIn("192.0.2.1")
		g.Limit(Limits{Total: 1})
		l.isRefused("192.0.2.1", Full)
	})
}

// Crowds come and go while the limits change.
func TestOtherLimitsRace(t *testing.T) {
	g := New(Limits{})
	var crowd sync.WaitGroup
	for range 4 {
		crowd.Go(func() {
			for range 200 {
				client, server := net.Pipe()
				if c, _ := g.enter(passage{server, from("192.0.2.1")}, false); c != nil {
					c.Admitted()
					c.Close()
				}
				client.Close()
			}
		})
	}
	for n := range 200 {
		g.Limit(Limits{Address: n % 3, Connects: n % 5, Handshakes: n % 2, Total: n % 7})
	}
	crowd.Wait()
}
