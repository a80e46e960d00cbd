package room

import (
	"net/netip"
	"time"
)

// Penalties are bans or mutes, each kind in a table of the [Book].
type penalties struct {
	table    string
	all      map[string]*penalty       // by target
	networks map[netip.Prefix]*penalty // those of them that are for a network
}

func newPenalties(table string) penalties {
	return penalties{table: table, all: map[string]*penalty{}, networks: map[netip.Prefix]*penalty{}}
}

// put adds p, in the place of one for the same target.
func (ps *penalties) put(p *penalty) {
	ps.all[p.Target] = p
	if network, err := netip.ParsePrefix(p.Target); err == nil {
		ps.networks[network] = p
	}
}

func (ps *penalties) remove(p *penalty) {
	delete(ps.all, p.Target)
	if network, err := netip.ParsePrefix(p.Target); err == nil {
		delete(ps.networks, network)
	}
}

// isNetwork reports whether a target is one.
func isNetwork(target string) bool {
	_, err := netip.ParsePrefix(target)
	return err == nil
}

// on returns what is on an address, or nil: on that by which it counts, or on a network
// in which it is as it is written.
func (ps *penalties) on(addr netip.Addr, now time.Time) *penalty {
	if len(ps.networks) == 0 {
		return nil
	}
	if p := ps.within(origin(addr), now); p != nil {
		return p
	}
	return ps.within(addr.Unmap().WithZone(""), now)
}

// within returns what is on a network in which an address is, the narrowest first, or nil.
func (ps *penalties) within(addr netip.Addr, now time.Time) *penalty {
	for bits := addr.BitLen(); bits >= 0; bits-- {
		network, _ := addr.Prefix(bits)
		if p := ps.networks[network]; p != nil && !p.over(now) {
			return p
		}
	}
	return nil
}

// person returns what is on a person, or on the session of a guest, or nil.
func (ps *penalties) person(sign string, now time.Time) *penalty {
	if p := ps.all[sign]; p != nil && !p.over(now) {
		return p
	}
	return nil
}

// sweepLocked strikes out those that are over.
func (h *House) sweepLocked(ps *penalties) {
	now := h.clocks.earliest()
	for _, p := range ps.all {
		if p.over(now) {
			h.strikeLocked(ps, p)
		}
	}
}

func (h *House) strikeLocked(ps *penalties, p *penalty) {
	ps.remove(p)
	if h.lastsLocked(p.Target) {
		h.writeLocked(ps.table, p.Target, nil)
	}
}

// banLocked returns the ban that keeps somebody out, or nil. An operator is never
// kept out.
func (h *House) banLocked(v *Visitor, person string) *penalty {
	if len(h.bans.all) == 0 || h.isOperatorLocked(person) {
		return nil
	}
	now := h.clocks.earliest()
	if p := h.bans.person(person, now); p != nil {
		return p
	}
	return h.bans.on(v.Remote, now)
}

// muteLocked returns the mute that is on somebody, or nil. One that is on an
// address holds for guests, and for keys that are new since: a key is made in a
// moment.
func (h *House) muteLocked(u *User) *penalty {
	return h.muteOnLocked(&u.visitor, u.Key, u.Who().sign())
}

// muteOnLocked is muteLocked for somebody who need not be in yet: then the sign is the
// person.
func (h *House) muteOnLocked(v *Visitor, person, sign string) *penalty {
	if len(h.mutes.all) == 0 || h.isOperatorLocked(person) {
		return nil
	}
	now := h.clocks.earliest()
	if p := h.mutes.person(sign, now); p != nil {
		return p
	}
	if p := h.mutes.on(v.Remote, now); p != nil && !h.knownBeforeLocked(person, p.Since) {
		return p
	}
	return nil
}

// lastsLocked reports whether a penalty for a target is written down. One for a session is
// over with it, but other houses have to know of it.
func (h *House) lastsLocked(target string) bool { return !isSession(target) || h.salt != 0 }

// endPenaltiesLocked strikes out those for a session, which is over.
func (h *House) endPenaltiesLocked(sign string) {
	if !isSession(sign) {
		return
	}
	for _, ps := range []*penalties{&h.bans, &h.mutes} {
		if p := ps.all[sign]; p != nil {
			h.strikeLocked(ps, p)
		}
	}
}
