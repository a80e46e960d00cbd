package connlimit

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/testkit"
)

// One address cannot take all places, however it is written. Closing a connection makes room for
// one more, even if it is closed twice.
func TestConnectionsPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Address: 2}))
		first := l.mustAccept("192.0.2.1")
		l.mustAccept("::ffff:192.0.2.1")
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 2)
		l.mustRefuse("::ffff:192.0.2.1", TooManyFromAddress, 2)
		l.mustAccept("192.0.2.2")

		l.mustAccept("2001:db8:0:1::1")
		l.mustAccept("2001:db8:0:1:ffff::2")
		l.mustRefuse("2001:db8:0:1:2:3:4:5", TooManyFromAddress, 2)
		l.mustAccept("2001:db8:0:2::1")

		var closing sync.WaitGroup
		for range 3 {
			closing.Go(func() { first.conn.Close() })
		}
		closing.Wait()
		l.mustAccept("192.0.2.1")
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 2)
		l.checkCounts(6, 6, 6) // two IPv6 networks count as addresses, too
	})
}

// A client may reconnect a few times at once, and then at the limit's rate. Being refused costs
// neither that client nor anybody else a token.
func TestConnectsPerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Connects: 4}))
		for range 2 {
			l.mustAccept("192.0.2.1").conn.Close()
		}
		for range 5 {
			l.mustRefuse("192.0.2.1", TooManyConnects)
		}
		l.mustAccept("192.0.2.2")
		time.Sleep(14 * time.Second)
		l.mustRefuse("192.0.2.1", TooManyConnects)
		time.Sleep(2 * time.Second)
		l.mustAccept("192.0.2.1")
		l.mustRefuse("192.0.2.1", TooManyConnects)
	})
}

// A limit of one connection a minute admits one, not none.
func TestOneConnectAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Connects: 1}))
		l.mustAccept("192.0.2.1")
		l.mustRefuse("192.0.2.1", TooManyConnects)
		time.Sleep(59 * time.Second)
		l.mustRefuse("192.0.2.1", TooManyConnects)
		time.Sleep(2 * time.Second)
		l.mustAccept("192.0.2.1")
	})
}

// A full server has room again when somebody leaves. A unix socket counts towards the total and
// no other limit.
func TestTotalLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Total: 4, Address: 1, Connects: 1, Handshakes: 1}))
		first := l.mustAccept("192.0.2.1")
		first.conn.SessionStarted()
		for range 3 {
			l.mustAccept("a socket")
		}
		l.mustRefuse("192.0.2.2", ServerFull)
		l.mustRefuse("a socket", ServerFull)
		first.conn.Close()
		l.mustAccept("192.0.2.2")
		l.mustRefuse("a socket", ServerFull)
		l.checkCounts(4, 1, 2)
	})
}

// Silent connections lock nobody out: after a second, the oldest is closed when a new one needs
// its place.
func TestIdleHandshakesAreDisplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Handshakes: 2, Address: 2}))
		admitted := l.mustAccept("192.0.2.1")
		oldest := l.mustAccept("192.0.2.1")
		admitted.conn.SessionStarted()
		admitted.conn.SessionStarted()
		second := l.mustAccept("192.0.2.2")

		time.Sleep(time.Second)
		l.mustRefuse("192.0.2.3", TooManyHandshakes)
		l.checkCounts(3, 2, 2) // nothing is remembered of the refused client
		time.Sleep(time.Nanosecond)
		l.mustAccept("192.0.2.3")
		if !oldest.isClosed() || second.isClosed() || admitted.isClosed() {
			t.Errorf("closed: the oldest %t, the second %t, the one with a session %t; want only the oldest", oldest.isClosed(), second.isClosed(), admitted.isClosed())
		}
		l.checkCounts(3, 2, 3)

		// The server may still report a session on the closed connection, which changes nothing.
		oldest.conn.SessionStarted()
		oldest.conn.Close()
		l.checkCounts(3, 2, 3)
		l.mustAccept("192.0.2.1") // in its own former place and the second's
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 2)
		if !second.isClosed() {
			t.Error("the second oldest is still connected")
		}
	})
}

// A slow client keeps its place while another network has more connections: the oldest of the
// largest network is closed first.
func TestLargestNetworkIsDisplacedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Handshakes: 24, Address: 100}))
		slow, other := l.mustAccept("192.0.2.1"), l.mustAccept("2001:db8:ffff::1")
		var crowd []*testClient
		for i := range 22 {
			crowd = append(crowd, l.mustAccept([]string{"192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8:0:100::1"}[i%4]))
		}
		for i := range 100 {
			time.Sleep(time.Second + time.Nanosecond)
			l.mustAccept([]string{"192.0.2.2", "192.0.2.5", "192.0.2.6", "2001:db8:0:100::2", "2001:db8:0:200::2"}[i%5])
		}
		if slow.isClosed() || other.isClosed() {
			t.Errorf("closed: the slow client %t, another %t; want neither", slow.isClosed(), other.isClosed())
		}
		if !crowd[0].isClosed() {
			t.Error("the first of the crowd is still connected")
		}
	})
}

// A handshake that ends makes room at once.
func TestEndedHandshakesFreePlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Handshakes: 1}))
		for range 3 {
			l.mustAccept("192.0.2.1").conn.SessionStarted()
			l.mustAccept("192.0.2.1").conn.Close()
		}
		l.checkCounts(3, 0, 1)
	})
}

// If several limits are reached, the refusal names the first in order. Only a connection that
// gets as far as the rate limit takes a token.
func TestOrderOfLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Total: 2, Address: 1, Connects: 2, Handshakes: 1}))
		first := l.mustAccept("192.0.2.1") // takes the only token
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 1)
		socket := l.mustAccept("a socket")
		l.mustRefuse("192.0.2.1", ServerFull)
		l.mustRefuse("192.0.2.2", ServerFull)
		socket.conn.Close()
		l.mustRefuse("192.0.2.2", TooManyHandshakes) // takes the only token
		first.conn.Close()
		l.mustRefuse("192.0.2.1", TooManyConnects)
		l.mustRefuse("192.0.2.2", TooManyConnects)
		l.mustAccept("192.0.2.3")
		l.checkCounts(1, 1, 3)
	})
}

// Without limits everybody is admitted, and no address is remembered.
func TestNoLimits(t *testing.T) {
	for name, g := range map[string]*Limiter{"New": New(Limits{}), "the zero Limiter": {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newFixture(t, g)
				for range 100 {
					v := l.mustAccept("192.0.2.1")
					v.conn.SessionStarted()
				}
				l.mustAccept("a socket").conn.Close()
				l.checkCounts(100, 0, 0)
			})
		})
	}
}

// One Limiter counts for all of its listeners.
func TestLimitsSpanListeners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Limits{Address: 1})
		front, back := newFixture(t, g), newFixture(t, g)
		v := front.mustAccept("192.0.2.1")
		back.mustRefuse("192.0.2.1", TooManyFromAddress, 1)
		v.conn.Close()
		back.mustAccept("192.0.2.1")
	})
}

// The log has each refusal at debug, and one warning a minute for each limit.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &testkit.Recorder{}
		g := New(Limits{Total: 2, Address: 1, Handshakes: 1})
		g.Log = log.NewWithOptions(j, log.Options{Level: log.DebugLevel})
		l := newFixture(t, g)
		wants := func(n int, words ...string) {
			t.Helper()
			if lines := j.LinesWith(words...); len(lines) != n {
				t.Errorf("%d lines with %q, want %d: %q", len(lines), words, n, lines)
			}
		}
		first := l.mustAccept("192.0.2.1")
		for range 5 {
			l.mustRefuse("192.0.2.1", TooManyFromAddress, 1)
		}
		l.mustRefuse("192.0.2.2", TooManyHandshakes)
		wants(5, "DEBU", "refused", "addr=192.0.2.1:40000", "limit=address")
		wants(1, "WARN", "connections are refused", "limit=address", "count=1")
		wants(1, "WARN", "connections are refused", "limit=handshakes", "count=1")
		wants(2, "WARN")

		time.Sleep(time.Minute)
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 1)
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 1)
		wants(1, "WARN", "limit=address", "count=5")
		wants(3, "WARN")

		l.mustAccept("192.0.2.2")
		if !first.isClosed() {
			t.Fatal("the oldest connection was not closed to make room")
		}
		wants(1, "DEBU", "displaced", "addr=192.0.2.1:40000", "after=1m")
	})
}

// When many clients come and go at once on two listeners, the limits hold and the counters are
// right in the end.
func TestConcurrentAcquireRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 10
		origins := []string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "a socket"}
		g := New(Limits{Total: total, Address: 4, Handshakes: 3})
		var inside, most atomic.Int64
		var people sync.WaitGroup
		for range 2 {
			s := testkit.NewPipeListener(0)
			l := g.Listener(s, false, writeRefusal)
			people.Go(func() {
				for range 500 {
					s.Accepted <- newSilentConn(origins[time.Now().Nanosecond()%len(origins)])
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
							go conn.(*Conn).SessionStarted()
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
			t.Errorf("%d connections at a time, want some and at most %d", n, total)
		}
		(&fixture{t: t, limiter: g}).checkCounts(0, 0, 0)
	})
}

// Counts has the current connections, and the refusals of each limit since the start, although
// the log starts counting anew after each warning.
func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Limits{Address: 1, Handshakes: 1})
		l := newFixture(t, g)
		first := l.mustAccept("192.0.2.1")
		for range 3 {
			l.mustRefuse("192.0.2.1", TooManyFromAddress, 1)
			time.Sleep(2 * warnInterval)
		}
		l.mustAccept("192.0.2.2") // replaces the first, which never had a session
		first.conn.Close()
		c := g.Counts()
		if c.Connections != 1 || c.Handshakes != 1 || c.Accepted != 2 || c.Displaced != 1 || c.Refused["address"] != 3 || c.Refused["total"] != 0 || len(c.Refused) != 5 {
			t.Errorf("Counts returned %+v", c)
		}
	})
}

// A Limiter without limits still counts connections and handshakes.
func TestCountsWithoutLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, g := range []*Limiter{{}, New(Limits{Total: 10})} {
			l := newFixture(t, g)
			first := l.mustAccept("192.0.2.1")
			l.mustAccept("192.0.2.1")
			l.mustAccept("192.0.2.1").conn.SessionStarted()
			first.conn.Close()
			first.conn.Close()
			if c := g.Counts(); c.Connections != 2 || c.Handshakes != 1 || c.Accepted != 3 {
				t.Errorf("Counts returned %+v", c)
			}
		}
	})
}

// SetLimits closes no connection and forgets none, and gives each address a fresh rate limit.
func TestSetLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Limits{Address: 3, Connects: 6})
		l := newFixture(t, g)
		first := l.mustAccept("192.0.2.1")
		l.mustAccept("192.0.2.1")
		l.mustAccept("192.0.2.1")
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 3)

		g.SetLimits(Limits{Address: 2, Connects: 4})
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 2)
		first.conn.Close()
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 2)

		g.SetLimits(Limits{Connects: 2})
		l.mustAccept("192.0.2.1")
		l.mustRefuse("192.0.2.1", TooManyConnects)

		g.SetLimits(Limits{})
		for range 5 {
			l.mustAccept("192.0.2.1")
		}
		g.SetLimits(Limits{Address: 5, Total: 8})
		l.mustRefuse("192.0.2.3", ServerFull)
		g.SetLimits(Limits{Address: 5, Total: 9})
		l.mustAccept("192.0.2.3")
	})
}

// SetLimits works on a zero Limiter.
func TestZeroLimiterSetLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &Limiter{}
		l := newFixture(t, g)
		l.mustAccept("192.0.2.1")
		g.SetLimits(Limits{Total: 1})
		l.mustRefuse("192.0.2.1", ServerFull)
	})
}

// Clients come and go while the limits change.
func TestSetLimitsRace(t *testing.T) {
	g := New(Limits{})
	var crowd sync.WaitGroup
	for range 4 {
		crowd.Go(func() {
			for range 200 {
				client, server := net.Pipe()
				if c, _ := g.acquire(testkit.PipeConn{Conn: server, Remote: testAddr("192.0.2.1")}, false); c != nil {
					c.SessionStarted()
					c.Close()
				}
				client.Close()
			}
		})
	}
	for n := range 200 {
		g.SetLimits(Limits{Address: n % 3, Connects: n % 5, Handshakes: n % 2, Total: n % 7})
	}
	crowd.Wait()
}
