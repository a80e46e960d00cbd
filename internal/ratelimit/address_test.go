package ratelimit

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func homeAddr(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8:0:%x00::1", n)) }

// All households of an IPv6 /48 together do twice the work of one, and one of them leaves the
// others as much as it has.
func TestNetworkPaysTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var addresses Addresses
		charge := func(addr netip.Addr, work time.Duration) time.Duration {
			return addresses.Find(addr, Limits{AddressLines: 1}).Work.Charge(work)
		}
		charge(homeAddr(0), time.Second)
		if owed := charge(homeAddr(1), 0); owed > 0 {
			t.Errorf("another household owes %v", owed)
		}
		for n := range 10 {
			charge(homeAddr(1+n), WorkBurst)
		}
		spent := (time.Second+10*WorkBurst)/2 - networkWorkBurst
		if owed, want := charge(homeAddr(11), 0), time.Duration(float64(spent)/WorkRate); owed != want {
			t.Errorf("all together owe %v, want %v", owed, want)
		}
		if owed := charge(netip.MustParseAddr("2001:db8:1::1"), 0); owed > 0 {
			t.Errorf("another network owes %v", owed)
		}
	})
}

// An address, its household and its network are forgotten when nobody comes from there and all of
// them are as good as new.
func TestAddressesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var addresses Addresses
		limits := Limits{AddressLines: 1, AddressBurst: 2}
		stays := addresses.Acquire(homeAddr(0), limits)
		for n := range 5000 {
			from := addresses.Acquire(netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::1", 1+n)), limits)
			from.Lines.Take(1)
			addresses.Release(from)
			time.Sleep(10 * time.Millisecond)
		}
		if n := addresses.ByAddress.Len(); n > 2*512 || len(addresses.byHousehold) > n || len(addresses.byNetwork) > n {
			t.Errorf("%d addresses, %d households and %d networks are known", n, len(addresses.byHousehold), len(addresses.byNetwork))
		}
		if addresses.Find(homeAddr(0), limits) != stays || stays.Sessions != 1 {
			t.Error("an address from which somebody is here was forgotten")
		}
		if addresses.Find(homeAddr(0), Limits{}) != nil || addresses.Find(netip.Addr{}, limits) != nil {
			t.Error("without limits, or without an address, there is a limit")
		}
	})
}
