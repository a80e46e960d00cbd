package connlimit

import (
	"net/netip"

	"teahouse/room"
)

// A network is an address, or a network in which it is: that may have so much.
type network struct {
	prefix         netip.Prefix
	multiple       int // how many times what one address may have
	handshakeShare int // one in so many of the places for those who have no session
}

// overflowNetwork are all for which there is no room in a table. They are held back together, but
// for what one of them may have at a time: nobody knows who is who among them.
func overflowNetwork() network { return network{multiple: 1} }

func (n network) isOverflow() bool { return !n.prefix.IsValid() }

// networksOf returns what a newcomer from an address is held to, the widest first.
//
// Of IPv6 an address is a /64; a household often has a /56 of them, and who asks for it
// a /48: 65,536 addresses that cost nothing. Some providers have many customers in one
// /48, so the wider source may have more. Of IPv4 only the address counts. There are
// often many strangers in a /24, and who has a whole one pays for it.
func networksOf(addr netip.Addr) []network {
	address := network{prefix: room.AddressPrefix(addr), multiple: 1, handshakeShare: 4}
	if address.prefix.Addr().Is4() {
		return []network{address}
	}
	return []network{
		{prefix: widen(address.prefix, 48), multiple: 4, handshakeShare: 2},
		{prefix: widen(address.prefix, 56), multiple: 2, handshakeShare: 3},
		address,
	}
}

func widen(p netip.Prefix, bits int) netip.Prefix {
	return netip.PrefixFrom(p.Addr(), bits).Masked()
}

// isThisMachine reports whether an address is the one from which this machine's own programs
// connect. The rest of 127.0.0.0/8 is whatever somebody makes of it.
func isThisMachine(addr netip.Addr) bool {
	return addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback()
}
