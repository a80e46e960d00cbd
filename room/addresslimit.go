package room

import (
	"net/netip"
	"time"

	"teahouse/internal/netaddr"
	"teahouse/internal/ratelimit"
)

// An addressLimit limits how fast all sessions from one address may go together. Nil means no
// limit.
type addressLimit struct {
	prefix   netip.Prefix
	lines    *tokenBucket // wrapped in the network's
	work     *household   // wrapped in the network's budget
	sessions int
}

// addressLimits holds the limits of all addresses in use. Hub.mu guards it.
type addressLimits struct {
	byAddress   ratelimit.Table[netip.Prefix, *addressLimit]
	byHousehold map[netip.Prefix]*household    // by household
	byNetwork   map[netip.Prefix]*networkLimit // for IPv6
}

// A networkLimit limits what all sessions from an IPv6 /48 may do together: as many lines as four
// addresses, and as much work as two households.
type networkLimit struct {
	lines *tokenBucket
	work  *ratelimit.Budget
}

const networkLineFactor = 4

// networkOf returns the limit of the network around an address, or nil for IPv4.
func (a *addressLimits) networkOf(addr netip.Addr, l Limits) *networkLimit {
	around := netaddr.Network(addr)
	if around.Addr().Is4() {
		return &networkLimit{}
	}
	if a.byNetwork[around] == nil {
		a.byNetwork[around] = &networkLimit{newTokenBucket(networkLineFactor*l.AddressLines, networkLineFactor*l.AddressBurst), ratelimit.NewBudget(WorkRate, NetworkWorkBurst, nil)}
	}
	return a.byNetwork[around]
}

// acquire returns the limit for one more session from an address. Each acquire needs a release.
func (a *addressLimits) acquire(addr netip.Addr, l Limits) *addressLimit {
	from := a.find(addr, l)
	if from != nil {
		from.sessions++
	}
	return from
}

// find returns the limit of an address, or nil if there are no limits.
func (a *addressLimits) find(addr netip.Addr, l Limits) *addressLimit {
	if l.AddressLines <= 0 || !addr.IsValid() {
		return nil
	}
	if a.byHousehold == nil {
		a.byHousehold, a.byNetwork = map[netip.Prefix]*household{}, map[netip.Prefix]*networkLimit{}
	}
	prefix := netaddr.Address(addr)
	from, ok := a.byAddress.Get(prefix)
	if !ok {
		now := time.Now()
		a.sweepIfDue(now)
		home := netaddr.Household(addr)
		around := a.networkOf(addr, l)
		if a.byHousehold[home] == nil {
			a.byHousehold[home] = newHousehold(around.work)
		}
		from = &addressLimit{prefix: prefix, lines: newTokenBucket(l.AddressLines, l.AddressBurst), work: a.byHousehold[home]}
		from.lines.parent = around.lines
		a.byAddress.Set(prefix, from, now, isAddressIdle)
	}
	return from
}

func (a *addressLimits) release(from *addressLimit) {
	if from != nil {
		from.sessions--
	}
}

// isAddressIdle reports whether nobody is connected from an address and it may go at full speed
// again. Forgetting it any earlier would give those who reconnect a fresh start.
func isAddressIdle(_ netip.Prefix, from *addressLimit) bool {
	return from.sessions == 0 && from.lines.isFull() && from.work.IsFull()
}

// sweepIfDue forgets idle addresses, and households and networks without any address left.
func (a *addressLimits) sweepIfDue(now time.Time) {
	if !a.byAddress.SweepIfDue(now, isAddressIdle) {
		return
	}
	work, networks := map[netip.Prefix]*household{}, map[netip.Prefix]*networkLimit{}
	for prefix, from := range a.byAddress.All() {
		work[netaddr.Household(prefix.Addr())] = from.work
		if around := netaddr.Network(prefix.Addr()); a.byNetwork[around] != nil {
			networks[around] = a.byNetwork[around]
		}
	}
	a.byHousehold, a.byNetwork = work, networks
}
