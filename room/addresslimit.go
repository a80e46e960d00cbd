package room

import (
	"net/netip"
)

// AddressPrefix returns what counts as one address: of IPv4 the address itself, of IPv6
// the /64 around it, for whoever has one of those has all of it. IPv6 that is made of
// an IPv4 address counts as that: mapped, by 6to4, NAT64 or Teredo. That of the zero Addr is
// the zero Prefix.
func AddressPrefix(addr netip.Addr) netip.Prefix {
	addr = effectiveAddr(addr)
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	source, _ := addr.Prefix(bits) // fails for too many bits only
	return source
}

// effectiveAddr returns the address by which somebody counts. Who has an IPv4 address has by it
// a whole /48 of 6to4 and any number of networks of Teredo, and behind a translator
// all of IPv4 is one /64. An address that is none of the internet's is not looked for in
// others: so nobody comes from this machine, or from inside, by writing that.
func effectiveAddr(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is4() || !addr.IsValid() {
		return addr
	}
	b := addr.As16()
	var inner netip.Addr
	switch {
	case b[0] == 0x20 && b[1] == 0x02: // 6to4, RFC 3056
		inner = netip.AddrFrom4([4]byte(b[2:]))
	case [12]byte(b[:]) == [12]byte{1: 0x64, 2: 0xff, 3: 0x9b}: // NAT64, RFC 6052, 2.1
		inner = netip.AddrFrom4([4]byte(b[12:]))
	case [4]byte(b[:]) == [4]byte{0x20, 0x01}: // Teredo, RFC 4380, 4: all bits are inverted
		inner = netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})
	}
	if inner.IsGlobalUnicast() && !inner.IsPrivate() {
		return inner
	}
	return addr
}

// An addressLimit is an address, and how fast all those who come from there may go
// together. Nil is as fast as they like.
type addressLimit struct {
	prefix   netip.Prefix
	lines    *tokenBucket // and the network's, around it
	work     *workBudget  // of the whole household, with the network's around it
	sessions int
}

// HouseholdPrefix returns what counts as one where work is paid for: of IPv6 the /56 around an
// address, whose /64s one person has by turns.
func HouseholdPrefix(addr netip.Addr) netip.Prefix {
	if addr = effectiveAddr(addr); addr.Is4() {
		return AddressPrefix(addr)
	}
	around, _ := addr.Prefix(56) // fails for too many bits only
	return around
}

// addressLimits are the addresses that people come from. Hub.mu guards them.
type addressLimits struct {
	byAddress   map[netip.Prefix]*addressLimit
	byHousehold map[netip.Prefix]*workBudget   // by household
	byNetwork   map[netip.Prefix]*networkLimit // of IPv6
	swept       int                            // how many there were after the last time that old ones were dropped
}

// A networkLimit is what all together may do who come from an IPv6 /48: as many lines as four
// addresses, and as much work as two households.
type networkLimit struct {
	lines *tokenBucket
	work  *workBudget
}

const networkLineFactor = 4

// networkOf returns what is around an address, of IPv4 nothing.
func (a *addressLimits) networkOf(addr netip.Addr, l Limits) *networkLimit {
	around := NetworkPrefix(addr)
	if around.Addr().Is4() {
		return &networkLimit{}
	}
	if a.byNetwork[around] == nil {
		a.byNetwork[around] = &networkLimit{newTokenBucket(networkLineFactor*l.AddressLines, networkLineFactor*l.AddressBurst), newNetworkBudget()}
	}
	return a.byNetwork[around]
}

// acquire returns the source for one more user from an address.
func (a *addressLimits) acquire(addr netip.Addr, l Limits) *addressLimit {
	from := a.find(addr, l)
	if from != nil {
		from.sessions++
	}
	return from
}

// find returns the source of an address, or nil where there are no limits.
func (a *addressLimits) find(addr netip.Addr, l Limits) *addressLimit {
	if l.AddressLines <= 0 || !addr.IsValid() {
		return nil
	}
	if a.byAddress == nil {
		a.byAddress, a.byHousehold, a.byNetwork = map[netip.Prefix]*addressLimit{}, map[netip.Prefix]*workBudget{}, map[netip.Prefix]*networkLimit{}
	}
	prefix := AddressPrefix(addr)
	from := a.byAddress[prefix]
	if from == nil {
		a.sweep()
		home := HouseholdPrefix(addr)
		around := a.networkOf(addr, l)
		if a.byHousehold[home] == nil {
			a.byHousehold[home] = newWorkBudget(around.work)
		}
		from = &addressLimit{prefix: prefix, lines: newTokenBucket(l.AddressLines, l.AddressBurst), work: a.byHousehold[home]}
		from.lines.parent = around.lines
		a.byAddress[prefix] = from
	}
	return from
}

func (a *addressLimits) release(from *addressLimit) {
	if from != nil {
		from.sessions--
	}
}

// sweep drops those from which nobody is here, and which may go at full speed
// again: to forget them earlier would give who comes back a fresh start. It does
// so when there are twice as many as after the last time.
func (a *addressLimits) sweep() {
	if len(a.byAddress) < 2*max(a.swept, 512) {
		return
	}
	for prefix, from := range a.byAddress {
		if from.sessions == 0 && from.lines.isFull() && from.work.isFull() {
			delete(a.byAddress, prefix)
		}
	}
	a.swept = len(a.byAddress)
	work, networks := map[netip.Prefix]*workBudget{}, map[netip.Prefix]*networkLimit{}
	for prefix, from := range a.byAddress {
		work[HouseholdPrefix(prefix.Addr())] = from.work
		if around := NetworkPrefix(prefix.Addr()); a.byNetwork[around] != nil {
			networks[around] = a.byNetwork[around]
		}
	}
	a.byHousehold, a.byNetwork = work, networks
}
