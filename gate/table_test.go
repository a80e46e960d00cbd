package gate

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// network returns the n-th of many IPv6 networks.
func network(n int) source {
	b := [16]byte{0x20, 0x01}
	binary.BigEndian.PutUint32(b[4:], uint32(n))
	return source{prefix: netip.PrefixFrom(netip.AddrFrom16(b), 64), times: 1}
}

// Who owns half the internet fills the table, and no more than that. Those who
// are remembered keep what is theirs; all the others have one share together,
// until there is room again.
func TestTableIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Connects: 4, Address: 1}))
		table := &l.gate.addresses
		for n := range maxAddresses + 1000 {
			a := table.at(network(n), time.Now())
			a.bucket.Allow()
			if shared := n >= maxAddresses; (a == table.others) != shared {
				t.Fatalf("address %d: shared is %t", n, !shared)
			}
		}
		if n := len(table.known); n != maxAddresses {
			t.Errorf("%d addresses are remembered, want %d", n, maxAddresses)
		}

		l.comesIn(network(5).prefix.Addr().String()) // one of its two tokens is left
		l.isRefused("192.0.2.1", TooFast)            // the others have spent theirs
		time.Sleep(14 * time.Second)
		l.isRefused("192.0.2.1", TooFast)

		time.Sleep(2 * time.Second)
		l.comesIn("192.0.2.1") // by now all the known ones have their tokens again
		l.has(2, 2, 2)
		l.isRefused("192.0.2.1", TooManyHere, 1)
	})
}

// Places are not counted for addresses that are not remembered, and given back
// nevertheless.
func TestOthersShareTokensAndNoPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Connects: 6, Address: 1, Total: 3}))
		for n := range maxAddresses {
			l.gate.addresses.at(network(n), time.Now()).bucket.Allow()
		}
		first := l.comesIn("192.0.2.1")
		l.comesIn("192.0.2.1")
		l.comesIn("192.0.2.2")
		l.isRefused("192.0.2.3", Full)
		first.conn.Close()
		l.isRefused("192.0.2.3", TooFast)
		l.has(2, 2, maxAddresses)
	})
}

// Other limits hold for addresses that are not remembered, too: their haste is
// forgiven like everybody's.
func TestOthersHaveOtherLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Connects: 2}))
		for n := range maxAddresses {
			l.gate.addresses.at(network(n), time.Now()).bucket.Allow()
		}
		l.comesIn("192.0.2.1")
		l.isRefused("192.0.2.2", TooFast)
		l.gate.Limit(Limits{Connects: 4})
		l.comesIn("192.0.2.1")
		l.comesIn("192.0.2.2")
		l.isRefused("192.0.2.3", TooFast)
	})
}

// A full table is swept once a second at most, whatever comes.
func TestFullTableIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := table{limits: Limits{Connects: 60}}
		for n := range maxAddresses + 1 { // the last one has it swept
			table.at(network(n), time.Now()).conns++
		}
		for _, a := range table.known {
			a.conns = 0
		}
		if a := table.at(network(maxAddresses+1), time.Now()); a != table.others {
			t.Error("the table was swept twice at once")
		}
		time.Sleep(sweepPause)
		if a := table.at(network(maxAddresses+1), time.Now()); a == table.others || len(table.known) != 1 {
			t.Errorf("%d addresses are remembered after the sweep, want 1", len(table.known))
		}
	})
}

// The table is swept when it has doubled: who left long ago is forgotten, who
// is there or was there a moment ago is not.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := table{limits: Limits{Connects: 2}}
		for n := range minSweep - 2 {
			table.at(network(n), time.Now()).bucket.Allow()
		}
		time.Sleep(time.Minute)
		table.at(network(0), time.Now()).conns++
		table.at(network(1000), time.Now()).bucket.Allow()
		table.at(network(1001), time.Now()).bucket.Allow()
		if n := len(table.known); n != minSweep {
			t.Fatalf("%d addresses before the sweep, want %d", n, minSweep)
		}
		table.at(network(1002), time.Now())
		if n := len(table.known); n != 4 || table.known[network(0).prefix] == nil || table.known[network(1000).prefix] == nil {
			t.Errorf("%d addresses after the sweep, want 4", n)
		}
	})
}
