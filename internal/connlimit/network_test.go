package connlimit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// acquire connects from an address with a client that never reads, and returns the connection, or
// nil if it is refused.
func (f *fixture) acquire(name string) *Conn {
	c, _ := f.limiter.acquire(newSilentConn(name), false)
	return c
}

// defaultLimits returns the limits that the server has by default.
func defaultLimits() Limits {
	return Limits{Address: 128, Connects: 300, Handshakes: 256, Total: 4096, Input: 64 << 10}
}

// acquireMany connects 200 times a second, from the address that name returns, and starts a
// session on each connection. It returns how many were admitted.
func (f *fixture) acquireMany(name func(n int) string, seconds int) (in int) {
	for range seconds {
		for n := range 200 {
			if c := f.acquire(name(n)); c != nil {
				c.SessionStarted()
				in++
			}
		}
		time.Sleep(time.Second)
	}
	return in
}

// An IPv6 /64 may have as many connections as an IPv4 address, a /56 twice as many, and a /48
// four times as many: far from all of them, however many addresses it has.
func TestConnectionsPerNetwork(t *testing.T) {
	for _, tc := range []struct {
		whole string
		name  func(n int) string
		most  int
	}{
		{"an IPv4 address", func(int) string { return "192.0.2.1" }, 128},
		{"a /64", func(n int) string { return fmt.Sprintf("2001:db8:0:1:%x::%x", n, rand.IntN(1<<16)) }, 128},
		{"a /56", func(n int) string { return fmt.Sprintf("2001:db8:0:1%02x::1", n%256) }, 256},
		{"a /48", func(n int) string { return fmt.Sprintf("2001:db8:0:%x::1", rand.IntN(1<<16)) }, 512},
	} {
		t.Run(tc.whole, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newFixture(t, New(defaultLimits()))
				if in := l.acquireMany(tc.name, 120); in != tc.most {
					t.Errorf("%d connections were admitted, want %d", in, tc.most)
				}
				l.mustAccept("2001:db9::1")
				l.mustAccept("198.51.100.1")
			})
		})
	}
}

// A /56 that is at its limit does not keep its neighbours in the same /48 out. When the /48 is at
// its limit too, the refusal says so.
func TestNeighbouringNetworksAreIndependent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(defaultLimits()))
		in := l.acquireMany(func(n int) string { return fmt.Sprintf("2001:db8:0:1%02x::1", n%256) }, 120)
		l.mustRefuse("2001:db8:0:1ff::1", TooManyFromNetwork, 256)
		l.mustAccept("2001:db8:0:2::1").conn.SessionStarted()
		in += 1 + l.acquireMany(func(n int) string { return fmt.Sprintf("2001:db8:0:%x::1", n<<8) }, 300)
		l.mustRefuse("2001:db8:0:9999::1", TooManyFromNetwork, 512)
		l.checkCounts(in, 0, l.limiter.usage.byPrefix.Len())
	})
}

// If there are few places, a network may have a quarter of them, but as many as one address in
// any case.
func TestNetworkLimitsWithSmallTotal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for total, most := range map[int]int{800: 200, 256: 128, 80: 40, 20: 20} {
			limits := defaultLimits()
			limits.Total = total
			l := newFixture(t, New(limits))
			if in := l.acquireMany(func(n int) string { return fmt.Sprintf("2001:db8:0:%x::1", n<<8) }, 60); in != most {
				t.Errorf("with a total of %d, %d connections were admitted, want %d", total, in, most)
			}
		}
	})
}

// New connections from a /56 and a /48 are limited in rate as well.
func TestConnectsPerNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := Limits{Connects: 60}
		come := func(l *fixture, name func(n int) string) (in int) {
			for n := range 1000 {
				if c := l.acquire(name(n)); c != nil {
					c.Close()
					in++
				}
			}
			return in
		}
		l := newFixture(t, New(limits))
		if in := come(l, func(n int) string { return fmt.Sprintf("2001:db8:0:1%02x::1", n%256) }); in != 2*30 {
			t.Errorf("%d connections from a /56 were admitted at once, want 60", in)
		}
		if in := come(l, func(n int) string { return fmt.Sprintf("2001:db8:0:%x::1", n%256<<8) }); in != 4*30-2*30 {
			t.Errorf("%d more from a /48 were admitted at once, want 60", in)
		}
		time.Sleep(time.Second / noticesPerSecond)
		l.mustRefuse("2001:db8:0:9999::1", TooManyConnects)
		time.Sleep(time.Second / 4)
		l.mustAccept("2001:db8:0:9999::1")
		l.mustRefuse("2001:db8:0:aaaa::1", TooManyConnects) // the refusal cost the /64 no token:
		time.Sleep(time.Second)
		for range 4 {
			l.mustAccept("2001:db8:0:aaaa::1")
		}
	})
}

// No network takes all places for connections without a session: when it wants one more, its own
// oldest connection is closed, and nobody else's.
func TestHandshakesPerNetwork(t *testing.T) {
	for _, tc := range []struct {
		whole string
		name  func(n int) string
		most  int
	}{
		{"an IPv4 address", func(int) string { return "192.0.2.1" }, 64},
		{"a /56", func(n int) string { return fmt.Sprintf("2001:db8:0:1%02x::1", n) }, 85},
		{"a /48", func(n int) string { return fmt.Sprintf("2001:db8:0:%x::1", n<<8) }, 128},
	} {
		t.Run(tc.whole, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limits := defaultLimits()
				limits.Address, limits.Connects = 1000, 100_000
				l := newFixture(t, New(limits))
				other := l.mustAccept("198.51.100.1")
				for n := range tc.most {
					l.mustAccept(tc.name(n))
				}
				l.mustRefuse(tc.name(200), TooManyHandshakes)
				time.Sleep(2 * time.Second)
				for n := range tc.most {
					l.mustAccept(tc.name(n))
				}
				if other.isClosed() {
					t.Error("a connection from another network was closed")
				}
				l.mustRefuse(tc.name(200), TooManyHandshakes)
				l.mustAccept("198.51.100.2")
			})
		})
	}
}

// All the people in an office connect from one address at nine o'clock, and again within two
// seconds after their network failed.
func TestManyClientsBehindOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(defaultLimits()))
		in := func() (conns []*Conn) {
			for range 2 {
				for range 45 {
					c := l.acquire("192.0.2.1")
					if c == nil {
						t.Fatalf("only %d connections were admitted", len(conns))
					}
					conns = append(conns, c)
				}
				time.Sleep(time.Second)
				for _, c := range conns {
					c.SessionStarted()
				}
			}
			return conns
		}
		for range 2 {
			for _, c := range in() {
				c.Close()
			}
			time.Sleep(10 * time.Second)
		}
	})
}

// When half of all places are taken, an address gets fewer of them. Existing connections stay.
func TestAddressLimitWhenCrowded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(defaultLimits()))
		var full, after int
		for n := range 120 {
			name := fmt.Sprintf("192.0.2.%d", n)
			in := l.acquireMany(func(int) string { return name }, 1)
			switch in {
			case 128:
				full++
			case 32:
				after++
			case 0:
				if full != 16 || after != 64 {
					t.Errorf("the server is full after %d addresses with 128 connections and %d with 32, want 16 and 64", full, after)
				}
				return
			default:
				t.Errorf("%s has %d connections", name, in)
			}
		}
		t.Error("the server is not full")
	})
}

// An IPv4-mapped IPv6 address counts as the IPv4 address.
func TestIPv4InIPv6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Address: 4}))
		for _, addr := range []string{"192.0.2.1", "2002:c000:201::1", "64:ff9b::192.0.2.1", "2001::1:3fff:fdfe"} {
			l.mustAccept(addr)
		}
		for _, addr := range []string{"192.0.2.1", "::ffff:192.0.2.1", "2002:c000:201:1::1", "2002:c000:201:100::1", "2001:0:1:2::3fff:fdfe"} {
			l.mustRefuse(addr, TooManyFromAddress, 4)
		}
		l.mustAccept("2002:c000:202::1")
	})
}
