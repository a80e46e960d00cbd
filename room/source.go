package room

import (
	"net/netip"
)

// Source returns what counts as one address: of IPv4 the address itself, of IPv6
// the /64 around it, for whoever has one of those has all of it. An IPv4
// address that is mapped into IPv6 is IPv4. That of the zero Addr is the zero
// Prefix.
func Source(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	source, _ := addr.Prefix(bits) // fails for too many bits only
	return source
}

// A source is an address, and how fast all those who come from there may go
// together. Nil is as fast as they like.
type source struct {
	prefix netip.Prefix
	lines  *bucket
	work   *budget // of the whole household
	users  int
}

// Household returns what counts as one where work is paid for: of IPv6 the /56 around an
// address, whose /64s one person has by turns.
func Household(addr netip.Addr) netip.Prefix {
	if addr = addr.Unmap().WithZone(""); addr.Is4() {
		return Source(addr)
	}
	around, _ := addr.Prefix(56) // fails for too many bits only
	return around
}

// sources are the addresses that people come from. House.mu guards them.
type sources struct {
	known map[netip.Prefix]*source
	work  map[netip.Prefix]*budget // by household
	swept int                      // how many there were after the last time that old ones were dropped
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
		s.known, s.work = map[netip.Prefix]*source{}, map[netip.Prefix]*budget{}
	}
	prefix := Source(addr)
	from := s.known[prefix]
	if from == nil {
		s.sweep()
		home := Household(addr)
		if s.work[home] == nil {
			s.work[home] = newBudget()
		}
		from = &source{prefix: prefix, lines: newBucket(l.SourceLines, l.SourceBurst), work: s.work[home]}
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
	used := map[netip.Prefix]*budget{}
	for prefix, from := range s.known {
		used[Household(prefix.Addr())] = from.work
	}
	s.work = used
}
