package gate

import (
	"net/netip"

	"teahouse/room"
)

// A source is an address, or a network in which it is: that may have so much.
type source struct {
	prefix netip.Prefix
	times  int // how many times what one address may have
	share  int // one in so many of the places for those who have no session
}

// others are all for which there is no room in a table. They are held back together, but
// for what one of them may have at a time: nobody knows who is who among them.
func others() source { return source{times: 1} }

func (s source) isOthers() bool { return !s.prefix.IsValid() }

// sources returns what a newcomer from an address is held to, the widest first.
//
// Of IPv6 an address is a /64; a household often has a /56 of them, and who asks for it
// a /48: 65,536 addresses that cost nothing. Some providers have many customers in one
// /48, so the wider source may have more. Of IPv4 only the address counts. There are
// often many strangers in a /24, and who has a whole one pays for it.
func sources(addr netip.Addr) []source {
	address := source{prefix: room.Source(addr), times: 1, share: 4}
	if address.prefix.Addr().Is4() {
		return []source{address}
	}
	return []source{
		{prefix: within(address.prefix, 48), times: 4, share: 2},
		{prefix: within(address.prefix, 56), times: 2, share: 3},
		address,
	}
}

func within(p netip.Prefix, bits int) netip.Prefix {
	return netip.PrefixFrom(p.Addr(), bits).Masked()
}

// isMachine reports whether an address is the one from which this machine's own programs
// connect. The rest of 127.0.0.0/8 is whatever somebody makes of it.
func isMachine(addr netip.Addr) bool {
	return addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback()
}
