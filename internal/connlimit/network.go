package connlimit

import (
	"net/netip"

	"teahouse/internal/netaddr"
)

// A network is an address or a network around it, with its share of the limits.
type network struct {
	prefix         netip.Prefix
	multiple       int // how many times the limits of one address
	handshakeShare int // the network may have 1/handshakeShare of all connections without a session
}

// overflowNetwork stands for all addresses that the table has no room for. They share one rate
// limit, but not a limit of connections, because they cannot be told apart.
func overflowNetwork() network { return network{multiple: 1} }

func (n network) isOverflow() bool { return !n.prefix.IsValid() }

// networksOf returns the networks whose limits apply to an address, the widest first.
//
// For IPv6 an address means a /64. A household often has a /56, and a customer who asks for it a
// /48: 65,536 addresses that cost nothing. Some providers put many customers into one /48, so the
// wider networks may have more. For IPv4 only the address itself counts: a /24 is often shared by
// many strangers, and whoever owns a whole one pays for it.
func networksOf(addr netip.Addr) []network {
	address := network{prefix: netaddr.Address(addr), multiple: 1, handshakeShare: 4}
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

// isThisMachine reports whether addr is the one that local programs connect from by default. The
// rest of 127.0.0.0/8 may be forwarded from anywhere.
func isThisMachine(addr netip.Addr) bool {
	return addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback()
}
