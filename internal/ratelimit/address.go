package ratelimit

import (
	"net/netip"
	"time"

	"teahouse/internal/netaddr"
)

// An Address limits how fast all sessions from one address may go together.
type Address struct {
	Lines    *Bucket    // which takes from the network's, too
	Work     *Household // which charges the network, too
	Sessions int        // how many there are; whoever owns the Addresses guards it
}

// Addresses holds the limits of all addresses in use. The zero Addresses is empty and ready to use.
// It is not safe for concurrent use.
type Addresses struct {
	ByAddress   Table[netip.Prefix, *Address]
	byHousehold map[netip.Prefix]*Household
	byNetwork   map[netip.Prefix]*network // for IPv6
}

// A network limits what all sessions from an IPv6 /48 may do together: as many lines as four
// addresses, and as much work as two households.
type network struct {
	lines *Bucket
	work  *Budget
}

const networkLineFactor = 4

// networkOf returns the limit of the network around an address. The one of IPv4 limits nothing.
func (a *Addresses) networkOf(addr netip.Addr, l Limits) *network {
	around := netaddr.Network(addr)
	if around.Addr().Is4() {
		return &network{}
	}
	if a.byNetwork[around] == nil {
		a.byNetwork[around] = &network{NewBucket(networkLineFactor*l.AddressLines, networkLineFactor*l.AddressBurst), NewBudget(WorkRate, networkWorkBurst, nil)}
	}
	return a.byNetwork[around]
}

// Acquire returns the limit for one more session from an address, or nil if there are no limits.
// Each Acquire needs a Release.
func (a *Addresses) Acquire(addr netip.Addr, l Limits) *Address {
	from := a.Find(addr, l)
	if from != nil {
		from.Sessions++
	}
	return from
}

// Release ends a session. The limit may be nil.
func (a *Addresses) Release(from *Address) {
	if from != nil {
		from.Sessions--
	}
}

// Find returns the limit of an address, or nil if there are no limits.
func (a *Addresses) Find(addr netip.Addr, l Limits) *Address {
	if l.AddressLines <= 0 || !addr.IsValid() {
		return nil
	}
	prefix := netaddr.Address(addr)
	from, ok := a.ByAddress.Get(prefix)
	if !ok {
		now := time.Now()
		a.sweepIfDue(now)
		from = a.newAddress(addr, l)
		a.ByAddress.Set(prefix, from, now, isAddressIdle)
	}
	return from
}

func (a *Addresses) newAddress(addr netip.Addr, l Limits) *Address {
	if a.byHousehold == nil {
		a.byHousehold, a.byNetwork = map[netip.Prefix]*Household{}, map[netip.Prefix]*network{}
	}
	home, around := netaddr.Household(addr), a.networkOf(addr, l)
	if a.byHousehold[home] == nil {
		a.byHousehold[home] = newHousehold(around.work)
	}
	from := &Address{Lines: NewBucket(l.AddressLines, l.AddressBurst), Work: a.byHousehold[home]}
	from.Lines.parent = around.lines
	return from
}

// isAddressIdle reports whether nobody is connected from an address and it may go at full speed
// again. Forgetting it any earlier would give those who reconnect a fresh start.
func isAddressIdle(_ netip.Prefix, from *Address) bool {
	return from.Sessions == 0 && from.Lines.IsFull() && from.Work.IsFull()
}

// sweepIfDue forgets idle addresses, and households and networks without any address left.
func (a *Addresses) sweepIfDue(now time.Time) {
	if !a.ByAddress.SweepIfDue(now, isAddressIdle) {
		return
	}
	work, networks := map[netip.Prefix]*Household{}, map[netip.Prefix]*network{}
	for prefix, from := range a.ByAddress.All() {
		work[netaddr.Household(prefix.Addr())] = from.Work
		if around := netaddr.Network(prefix.Addr()); a.byNetwork[around] != nil {
			networks[around] = a.byNetwork[around]
		}
	}
	a.byHousehold, a.byNetwork = work, networks
}
