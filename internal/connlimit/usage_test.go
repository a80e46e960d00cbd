package connlimit

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// testNetwork returns the n-th of many IPv6 networks.
func testNetwork(n int) network {
	b := [16]byte{0x20, 0x01}
	binary.BigEndian.PutUint32(b[4:], uint32(n))
	return network{prefix: netip.PrefixFrom(netip.AddrFrom16(b), 64), multiple: 1}
}

// newUsageTable returns an empty table.
func newUsageTable(l Limits) *usageTable {
	t := new(usageTable)
	t.setLimits(l)
	return t
}

// An attacker with half the internet's addresses fills the table and no more. Addresses that are
// remembered keep their own limits; all others share one until there is room again.
func TestUsageTableIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Connects: 4, Address: 1}))
		table := &l.limiter.usage
		for n := range maxAddresses + 1000 {
			a := table.get(testNetwork(n), time.Now())
			a.connects.Allow()
			if shared := n >= maxAddresses; (a == table.overflow) != shared {
				t.Fatalf("address %d: shared is %t, want %t", n, !shared, shared)
			}
		}
		if n := table.byPrefix.Len(); n != maxAddresses {
			t.Errorf("%d addresses are remembered, want %d", n, maxAddresses)
		}

		l.mustAccept(testNetwork(5).prefix.Addr().String()) // one of its two tokens is left
		l.mustRefuse("192.0.2.1", TooManyConnects)          // the unknown addresses have spent theirs
		time.Sleep(14 * time.Second)
		l.mustRefuse("192.0.2.1", TooManyConnects)

		time.Sleep(2 * time.Second)
		l.mustAccept("192.0.2.1") // by now every known address has its tokens back
		l.checkCounts(2, 2, 2)
		l.mustRefuse("192.0.2.1", TooManyFromAddress, 1)
	})
}

// Addresses that are not remembered have no limit of connections, and closing one is harmless.
func TestOverflowSharesTokensOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Connects: 6, Address: 1, Total: 3}))
		for n := range maxAddresses {
			l.limiter.usage.get(testNetwork(n), time.Now()).connects.Allow()
		}
		first := l.mustAccept("192.0.2.1")
		l.mustAccept("192.0.2.1")
		l.mustAccept("192.0.2.2")
		l.mustRefuse("192.0.2.3", ServerFull)
		first.conn.Close()
		l.mustRefuse("192.0.2.3", TooManyConnects)
		l.checkCounts(2, 2, maxAddresses)
	})
}

// A crowd of addresses for which there is no room leaves no garbage.
func TestFullTableAllocatesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := newUsageTable(Limits{Connects: 60, Address: 20, Input: 64 << 10})
		for n := range maxAddresses + 1 { // the last one makes the overflow
			table.get(testNetwork(n), time.Now()).conns++
		}
		n := maxAddresses
		if allocs := testing.AllocsPerRun(100, func() { n++; table.get(testNetwork(n), time.Now()) }); allocs != 0 {
			t.Errorf("an address for which there is no room allocates %v times", allocs)
		}
	})
}

// SetLimits also resets the rate of addresses that are not remembered.
func TestOverflowSetLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Connects: 2}))
		for n := range maxAddresses {
			l.limiter.usage.get(testNetwork(n), time.Now()).connects.Allow()
		}
		l.mustAccept("192.0.2.1")
		l.mustRefuse("192.0.2.2", TooManyConnects)
		l.limiter.SetLimits(Limits{Connects: 4})
		l.mustAccept("192.0.2.1")
		l.mustAccept("192.0.2.2")
		l.mustRefuse("192.0.2.3", TooManyConnects)
	})
}

// A full table is swept at most once a second.
func TestFullTableSweepsSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := newUsageTable(Limits{Connects: 60})
		for n := range maxAddresses + 1 { // the last one triggers a sweep
			table.get(testNetwork(n), time.Now()).conns++
		}
		for _, a := range table.byPrefix.All() {
			a.conns = 0
		}
		if a := table.get(testNetwork(maxAddresses+1), time.Now()); a != table.overflow {
			t.Error("the table was swept twice at once")
		}
		time.Sleep(time.Second)
		if a := table.get(testNetwork(maxAddresses+1), time.Now()); a == table.overflow || table.byPrefix.Len() != 1 {
			t.Errorf("%d addresses are remembered after the sweep, want 1", table.byPrefix.Len())
		}
	})
}

// The table is swept when it has doubled. Networks that were last seen long ago are forgotten;
// those with connections or spent tokens are not.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sweepSize = 64 // of a small table
		table := newUsageTable(Limits{Connects: 2})
		for n := range sweepSize - 2 {
			table.get(testNetwork(n), time.Now()).connects.Allow()
		}
		time.Sleep(time.Minute)
		table.get(testNetwork(0), time.Now()).conns++
		table.get(testNetwork(1000), time.Now()).connects.Allow()
		table.get(testNetwork(1001), time.Now()).connects.Allow()
		if n := table.byPrefix.Len(); n != sweepSize {
			t.Fatalf("%d addresses before the sweep, want %d", n, sweepSize)
		}
		table.get(testNetwork(1002), time.Now())
		_, here := table.byPrefix.Get(testNetwork(0).prefix)
		_, recent := table.byPrefix.Get(testNetwork(1000).prefix)
		if n := table.byPrefix.Len(); n != 4 || !here || !recent {
			t.Errorf("%d addresses after the sweep, want 4", n)
		}
	})
}
