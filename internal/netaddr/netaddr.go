package netaddr

import "net/netip"

// Address returns what counts as one address: for IPv4 the address itself, for IPv6 the /64 around
// it, because whoever has one address of a /64 has them all. An IPv6 address that carries an IPv4
// address, as [Effective] has it, counts as that. The prefix of the zero Addr is the zero Prefix.
func Address(addr netip.Addr) netip.Prefix {
	addr = Effective(addr)
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	prefix, _ := addr.Prefix(bits) // fails for too many bits only
	return prefix
}

// Household returns what counts as one household: like [Address], but for IPv6 the /56, whose
// /64s one person may use in turn.
func Household(addr netip.Addr) netip.Prefix { return widened(addr, 56) }

// Network returns what counts as one network: like [Address], but for IPv6 the /48, which a large
// household or a small provider has.
func Network(addr netip.Addr) netip.Prefix { return widened(addr, 48) }

func widened(addr netip.Addr, bits int) netip.Prefix {
	if addr = Effective(addr); addr.Is4() {
		return Address(addr)
	}
	prefix, _ := addr.Prefix(bits) // fails for too many bits only
	return prefix
}

// Effective returns the address by which somebody counts: addr without a zone or, if that is made
// of a public IPv4 address (mapped, by 6to4, NAT64 or Teredo), the IPv4 address. Whoever has an
// IPv4 address has with it a whole /48 of 6to4 and any number of Teredo networks, and behind a
// translator all of IPv4 is one /64. An IPv4 address that is not public stays hidden: nobody comes
// from this machine or from inside by writing so.
func Effective(addr netip.Addr) netip.Addr {
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
