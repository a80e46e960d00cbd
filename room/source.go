package room

import (
	"net/netip"
)

// Source returns what counts as one address: of IPv4 the address itself, of IPv6
// the /64 around it, for whoever has one of those has all of it. IPv6 that is made of
// an IPv4 address counts as that: mapped, by 6to4, NAT64 or Teredo. That of the zero Addr is
// the zero Prefix.
func Source(addr netip.Addr) netip.Prefix {
	addr = origin(addr)
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	source, _ := addr.Prefix(bits) // fails for too many bits only
	return source
}

// origin returns the address by which somebody counts. Who has an IPv4 address has by it
// a whole /48 of 6to4 and any number of networks of Teredo, and behind a translator
// all of IPv4 is one /64. An address that is none of the internet's is not looked for in
// others: so nobody comes from this machine, or from inside, by writing that.
func origin(addr netip.Addr) netip.Addr {
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

// A source is an address, and how fast all those who come from there may go
// together. Nil is as fast as they like.
type source struct {
	prefix netip.Prefix
	lines  *bucket // and the network's, around it
	work   *budget // of the whole household, with the network's around it
	users  int
}

// Household returns what counts as one where work is paid for: of IPv6 the /56 around an
// address, whose /64s one person has by turns.
func Household(addr netip.Addr) netip.Prefix {
	if addr = origin(addr); addr.Is4() {
		return Source(addr)
	}
	around, _ := addr.Prefix(56) // fails for too many bits only
	return around
}

// sources are the addresses that people come from. House.mu guards them.
type sources struct {
	known    map[netip.Prefix]*source
	work     map[netip.Prefix]*budget   // by household
	networks map[netip.Prefix]*surround // of IPv6
	swept    int                        // how many there were after the last time that old ones were dropped
}

// A surround is what all together may do who come from an IPv6 /48: as many lines as four
// addresses, and as much work as two households.
type surround struct {
	lines *bucket
	work  *budget
}

const linesAround = 4

// surround returns what is around an address, of IPv4 nothing.
func (s *sources) surround(addr netip.Addr, l Limits) *surround {
	around := Network(addr)
	if around.Addr().Is4() {
		return &surround{}
	}
	if s.networks[around] == nil {
		s.networks[around] = &surround{newBucket(linesAround*l.SourceLines, linesAround*l.SourceBurst), newAround()}
	}
	return s.networks[around]
}

// enter returns the source for one more user from an address.
func (s *sources) enter(addr netip.Addr, l Limits) *source {
	from := s.find(addr, l)
	if from != nil {
		from.users++
	}
	return from
}

// find returns the source of an address, or nil where there are no limits.
func (s *sources) find(addr netip.Addr, l Limits) *source {
	if l.SourceLines <= 0 || !addr.IsValid() {
		return nil
	}
	if s.known == nil {
		s.known, s.work, s.networks = map[netip.Prefix]*source{}, map[netip.Prefix]*budget{}, map[netip.Prefix]*surround{}
	}
	prefix := Source(addr)
	from := s.known[prefix]
	if from == nil {
		s.sweep()
		home := Household(addr)
		around := s.surround(addr, l)
		if s.work[home] == nil {
			s.work[home] = newBudget(around.work)
		}
		from = &source{prefix: prefix, lines: newBucket(l.SourceLines, l.SourceBurst), work: s.work[home]}
		from.lines.around = around.lines
		s.known[prefix] = from
	}
	return from
}

func (s *sources) leave(from *source) {
	if from != nil {
		from.users--
	}
}

// sweep drops those from which nobody is here, and which may go at full speed
// again: to forget them earlier would give who comes back a fresh start. It does
// so when there are twice as many as after the last time.
func (s *sources) sweep() {
	if len(s.known) < 2*max(s.swept, 512) {
		return
	}
	for prefix, from := range s.known {
		if from.users == 0 && from.lines.isFull() && from.work.isWhole() {
			delete(s.known, prefix)
		}
	}
	s.swept = len(s.known)
	work, networks := map[netip.Prefix]*budget{}, map[netip.Prefix]*surround{}
	for prefix, from := range s.known {
		work[Household(prefix.Addr())] = from.work
		if around := Network(prefix.Addr()); s.networks[around] != nil {
			networks[around] = s.networks[around]
		}
	}
	s.work, s.networks = work, networks
}
