package room

import (
	"net/netip"
	"time"

	"teahouse/internal/records"
)

// A penaltySet has bans or mutes, by target.
type penaltySet struct {
	records.Table[penalty]
	byNetwork map[netip.Prefix]*penalty // those that are for a network
}

func newPenaltySet(table string) penaltySet {
	return penaltySet{
		Table:     records.Table[penalty]{Name: table, Partition: records.Authority, Sanitize: (*penalty).sanitize},
		byNetwork: map[netip.Prefix]*penalty{},
	}
}

// index keeps byNetwork in step with the table.
func (set *penaltySet) index(target string, _, after *penalty) {
	network, err := netip.ParsePrefix(target)
	switch {
	case err != nil:
	case after == nil:
		delete(set.byNetwork, network)
	default:
		set.byNetwork[network] = after
	}
}

// move gives one person's penalty to another.
func (set *penaltySet) move(from, to string, now time.Time) {
	if p := set.forSubject(from, now); p != nil {
		moved := *p
		moved.Target = to
		set.Put(to, &moved)
		set.Delete(from)
	}
}

// isNetwork reports whether a target is one.
func isNetwork(target string) bool {
	_, err := netip.ParsePrefix(target)
	return err == nil
}

// forAddress returns what is on an address, or nil: on that by which it counts, or on a network
// in which it is as it is written.
func (set *penaltySet) forAddress(addr netip.Addr, now time.Time) *penalty {
	if len(set.byNetwork) == 0 {
		return nil
	}
	if p := set.forNetworkOf(effectiveAddr(addr), now); p != nil {
		return p
	}
	return set.forNetworkOf(addr.Unmap().WithZone(""), now)
}

// forNetworkOf returns what is on a network in which an address is, the narrowest first, or nil.
func (set *penaltySet) forNetworkOf(addr netip.Addr, now time.Time) *penalty {
	for bits := addr.BitLen(); bits >= 0; bits-- {
		network, _ := addr.Prefix(bits)
		if p := set.byNetwork[network]; p != nil && !p.isOver(now) {
			return p
		}
	}
	return nil
}

// forSubject returns what is on a person, or on the session of a guest, or nil.
func (set *penaltySet) forSubject(sign string, now time.Time) *penalty {
	if p := set.Get(sign); p != nil && !p.isOver(now) {
		return p
	}
	return nil
}

// sweepPenaltiesLocked strikes out those that are over.
func (h *Hub) sweepPenaltiesLocked(set *penaltySet) {
	now := h.clockOffsets.earliest()
	for _, p := range set.All() {
		if p.isOver(now) {
			set.Delete(p.Target)
		}
	}
}

// banLocked returns the ban that keeps somebody out, or nil. An operator is never
// kept out.
func (h *Hub) banLocked(ci *ClientInfo, person string) *penalty {
	if h.bans.Len() == 0 || h.isOperatorLocked(person) {
		return nil
	}
	now := h.clockOffsets.earliest()
	if p := h.bans.forSubject(person, now); p != nil {
		return p
	}
	return h.bans.forAddress(ci.Remote, now)
}

// muteLocked returns the mute that is on somebody, or nil. One that is on an
// address holds for guests, and for keys that are new since: a key is made in a
// moment.
func (h *Hub) muteLocked(s *Session) *penalty {
	return h.muteOnLocked(&s.client, s.Person, s.User().subject())
}

// muteOnLocked is muteLocked for somebody who need not be in yet: then the sign is the
// person.
func (h *Hub) muteOnLocked(ci *ClientInfo, person, sign string) *penalty {
	if h.mutes.Len() == 0 || h.isOperatorLocked(person) {
		return nil
	}
	now := h.clockOffsets.earliest()
	if p := h.mutes.forSubject(sign, now); p != nil {
		return p
	}
	if p := h.mutes.forAddress(ci.Remote, now); p != nil && !h.ownedNameBeforeLocked(person, p.Since) {
		return p
	}
	return nil
}

// isPenaltyLocalLocked reports whether a penalty for a target is not stored: one for a session ends
// with it, but other nodes must know of it.
func (h *Hub) isPenaltyLocalLocked(target string) bool {
	return isSessionSubject(target) && h.nodeBits == 0
}

// endSessionPenaltiesLocked strikes out those for a session, which is over.
func (h *Hub) endSessionPenaltiesLocked(sign string) {
	if !isSessionSubject(sign) {
		return
	}
	for _, set := range []*penaltySet{&h.bans, &h.mutes} {
		set.Delete(sign)
	}
}
